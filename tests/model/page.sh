# A reader of models that knows pg-model(5) only finds the codes and likelihoods that pg-encode finds.
. "$srcdir/tests/tap.sh"
need_python numpy
cd "$work" || exit 99

pictures() # COUNT HEIGHT WIDTH CHANNELS
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, $2, $3, $4)}"
    LC_ALL=C awk -v count="$(($1 * $2 * $3 * $4))" 'BEGIN {
        for (i = 0; i < count; i++) printf "%c", 1 + (i * i * 7 + i % 13 * 5) % 126
    }'
}
pictures 40 10 13 1 >grey
pictures 40 9 6 3 >colours
for data in "black --binarize sample grey" "grey grey" "colour colours"; do
    # shellcheck disable=SC2086
    set -- $data
    name=$1
    shift
    pg-prep -q "$@" >"$name.npy" && pg-prep -q --limit 3 "$@" >"$name-few.npy" || exit 99
done

agrees() # DATA OPTION...
{
    data=$1
    shift
    pg-train -q -j 1 -e 3 --set features=5 --set encoder_features=3 --set hidden=7 \
        --set discriminator_hidden=4 --set batch=10 "$@" -o model "$data.npy" &&
        pg-encode -q -j 1 --nll -m model -o encoded "$data-few.npy" &&
        "$python" "$srcdir/tests/model/read_model.py" model "$data-few.npy" encoded
}

ok "categories" agrees black --prior categorical:3
ok "a map of cells, a wide field" agrees black --prior categorical:3 --set map_cell=4 --receptive-field 21
ok "a residual encoder" agrees black --prior categorical:3 --set encoder=residual
ok "one block a stage, a full field" agrees black --prior gaussian:2 --set encoder=residual \
    --set encoder_blocks=1 --receptive-field full
ok "an upsampled map, a narrow field" agrees black --prior gaussian:2 --receptive-field 5
ok "other depths" agrees black --prior mixture:3 --set encoder_depth=4 --set upsampler_depth=3
ok "no map" agrees black --prior gaussian:3 --condition invariant --receptive-field 9
ok "a factorised decoder" agrees black --model aae
ok "a gaussian posterior" agrees black --model pixelvae
ok "no code" agrees black --model pixelcnn
ok "grey levels" agrees grey --prior categorical:3 --set likelihood=logistic --set normalize=standard
ok "colours" agrees colour --prior categorical:3
ok "colours by softmax" agrees colour --prior gaussian:2 --set likelihood=softmax --set normalize=mean
ok "colours, independent" agrees colour --model aae --set normalize=contrast
done_testing
