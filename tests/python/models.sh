# Modules of PyTorch give the tools' codes and likelihoods, for every preset and what else a model
# may be made of; and so does the encoder as an ONNX file.
. "$srcdir/tests/tap.sh"
need_python numpy torch
PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
scripts=$srcdir/tests/python
cd "$work" || exit 99

"$python" - <<'PYTHON' || exit 99
import numpy, pixelgan
random = numpy.random.default_rng(1)
def save(name, shape):
    images = random.integers(0, 256, (70, *shape), 'u1')
    images[:, 2:5] //= 4
    pixelgan.write(name + '.npy', pixelgan.records(image=images, label=numpy.arange(70) % 3))
save('grey', (11, 9, 1))
save('colour', (9, 12, 3))
PYTHON
pg-prep -q --binarize threshold grey.npy >binary.npy

compared() # NAME IMAGES OPTION...
{
    name=$1 images=$2
    shift 2
    pg-train -q -j 1 -e 1 --set features=6 --set blocks=2 --set encoder_features=4 --set hidden=16 \
        --set discriminator_hidden=8 --set batch=35 --set flow_hidden=24 "$@" -o "$name" "$images" &&
        "$python" "$scripts/shake.py" "$name" &&
        pg-encode -q -j 1 -m "$name" --sample --nll "$images" >"$name.nll" || return
    codes=
    case "$*" in *none* | *label:* | *pixelcnn*) ;; *)
        codes=$name.codes
        pg-encode -q -j 1 -m "$name" "$images" >"$codes" || return ;;
    esac
    "$python" "$scripts/check_models.py" "$name" "$images" "$name.nll" $codes
}

for preset in pixelgan vae aae pixelvae vlae pixelcnn; do
    ok "$preset" compared $preset binary.npy --model $preset
done
ok "conditional-pixelcnn" compared conditional binary.npy --model conditional-pixelcnn --prior label:3
for field in 3 5 9 13 full; do
    ok "a receptive field of $field" compared field-$field binary.npy --prior none --pull none \
        --receptive-field $field
done
ok "condition invariant" compared invariant binary.npy --prior categorical:3 --condition invariant
ok "mixture, labels told" compared mixture binary.npy --prior mixture:3 --posterior gaussian \
    --set label_informed=1
ok "flow of 1 dimension" compared flow-1 binary.npy --model vlae --prior flow:1
ok "flow of 3, as many steps" compared flow-3 binary.npy --model vlae --prior flow:3 --set flow_steps=3
for likelihood in logistic softmax; do
    ok "grey, $likelihood" compared grey-$likelihood grey.npy --prior gaussian:3 \
        --posterior deterministic --set likelihood=$likelihood
    ok "colour, $likelihood" compared colour-$likelihood colour.npy --set likelihood=$likelihood \
        --prior categorical:4
    ok "colour, $likelihood, factorised" compared factorised-$likelihood colour.npy \
        --set likelihood=$likelihood --model aae
done
for how in none mean standard contrast; do
    ok "normalize $how" compared normalize-$how colour.npy --prior categorical:3 --set normalize=$how
done
# What not every version has.
if pg-train --settings | grep -q encoder_depth; then
    for depth in 1 2 4; do
        ok "an encoder of depth $depth" compared depth-$depth colour.npy --prior categorical:3 \
            --set encoder_depth=$depth
        ok "a decoder of depth $depth" compared upsampler-$depth colour.npy --model aae \
            --set upsampler_depth=$depth
        ok "a map of depth $depth" compared map-$depth binary.npy --prior gaussian:2 \
            --posterior gaussian --set upsampler_depth=$depth
        ok "a map of cells of $depth" compared cells-$depth binary.npy --prior categorical:3 \
            --set map_cell=$depth
        ok "$depth residual blocks" compared residual-$depth colour.npy --prior categorical:3 \
            --set encoder=residual --set encoder_depth=3 --set encoder_blocks=$depth
    done
fi
ok "modules can be copied and stored" "$python" -c '
import copy, io, pixelgan, torch
for name in ("pixelgan", "vlae", "vae"):
    model = pixelgan.load(name)
    for module in (model.encoder(), model.decoder()):
        stored = io.BytesIO()
        torch.save(copy.deepcopy(module), stored)
        stored.seek(0)
        again = torch.load(stored, weights_only=False).state_dict()
        assert all(torch.equal(value, again[key]) for key, value in module.state_dict().items())'
done_testing
