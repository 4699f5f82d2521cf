# The models of the lineage by name: each trains, is measured and draws; what
# one cannot do is refused with the reason.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99
sh "$srcdir/examples/data/cut" "$srcdir/examples/data" . 200 80 || exit 99
pg-prep --resize 10x10 --labels train-labels-idx1-ubyte.gz train-images-idx3-ubyte.gz >train.npy &&
    pg-prep --resize 10x10 --labels t10k-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz \
        >test.npy || exit 99

value() # KEY FILE
{
    awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$2"
}

small="--set features=4 --set blocks=1 --set hidden=16 --set encoder_features=4
    --set discriminator_hidden=8 --set flow_hidden=8 --epochs 1"

train() # NAME OPTION...
{
    file=$1.safetensors
    shift
    # shellcheck disable=SC2086
    pg-train -q "$@" $small --valid test.npy --log "$file.log" -o "$file" train.npy
}

measure() # NAME
{
    pg-encode -m "$1.safetensors" --no-codes --nll --importance 2 --report-tsv "$1.tsv" test.npy
}

for model in pixelcnn:exact conditional-pixelcnn:label vae:bound aae:conditional pixelvae:bound \
    vlae:bound pixelgan:conditional; do
    kind=${model#*:} name=${model%:*}
    ok "$name trains" train "$name" --model "$name"
    like "$(cat "$name.safetensors.log")" '"valid_nll": [0-9.]+' "and is validated"
    ok "is measured" measure "$name"
    is "$(value nll_kind "$name.tsv")" "$kind" "nll: $kind"
    like "$(value nll "$name.tsv")" '^[0-9.]+$' "a number"
    ok "draws" pg-sample -m "$name.safetensors" -n 4 -o "$name.ppm"
    case $kind in
    exact) is "$(value decoder_information "$name.tsv")" - "no code to learn from" ;;
    label) like "$(value decoder_information "$name.tsv")" '^-?[0-9]' "what the label tells" ;;
    *)
        like "$(value kl "$name.tsv")" '^-?[0-9.e+-]+$' "how far the codes are from the prior"
        like "$(value decoder_information "$name.tsv")" '^-?[0-9]' "what the decoder learns"
        ;;
    esac
done
is "$(value importance_samples vae.tsv) $(value information_estimator vae.tsv)" "2 aggregate" \
    "samples and estimator are told"

# Explicit options override a preset, wherever they stand.
settings() { pg-train --settings "$@" | awk '$1 == "prior" || $1 == "pull" { printf "%s ", $2 }'; }
is "$(settings --model vae --prior gaussian:7)" "kl gaussian:7 " "an option after the preset"
is "$(settings --prior gaussian:7 --model vae)" "kl gaussian:7 " "and before it"
is "$(pg-train --settings --receptive-field full | awk '$1 == "receptive_field" { print $2 }')" full \
    "a full receptive field"

ok "labels inform a mixture" train informed --model aae --prior mixture:10 --supervise
like "$(tail -c +9 informed.safetensors | head -c 3000)" '"label_informed": ?"1"' "the model says so"
pg-prep -q --keep-labels 30 train.npy >few.npy
# shellcheck disable=SC2086
ok "few labels too" pg-train -q --model aae --prior mixture:10 --supervise $small \
    -o few.safetensors few.npy
ok "a flow in the plane" train plane --model vlae --prior flow:2
ok "has a manifold" pg-sample -m plane.safetensors --manifold 3 -o plane.ppm
ok "a mixture too" pg-sample -m informed.safetensors --manifold 3 -o informed.ppm

# Rows that share a code: what is drawn from them is of one code.
pg-sample -m plane.safetensors --npy -n 6 --repeat 3 -o repeated.npy
pg-sample -m plane.safetensors --npy -n 2 -o single.npy
pg-sample -m plane.safetensors --npy --codes single.npy --repeat 3 -o spread.npy
ok "--repeat: from the prior as from a stream of its codes" cmp repeated.npy spread.npy
pg-sample -m plane.safetensors --npy --codes single.npy --repeat 70 -n 100 -o many.npy
like "$(head -c 200 many.npy | tr -d '\0')" "\(100,\)" "as many as wanted"
ok "completions of one image" \
    pg-sample -m plane.safetensors --complete test.npy --rows 4 --grid 3x4 --repeat 4 -o complete.ppm

fails 2 "--model 'vea'.*pixelvae" "no such model" pg-train --model vea -o m train.npy
fails 2 "only the bound trains" "a flow for a discriminator" pg-train --prior flow:2 -o m train.npy
fails 2 "category has no variance" "categories with a variance" \
    pg-train --model vae --prior categorical:3 -o m train.npy
fails 2 "needs the density" "a divergence without density" \
    pg-train --model vae --posterior noise -o m train.npy
fails 2 "labels teach" "labels for a plane" pg-train --model aae --supervise -o m train.npy
fails 2 "free_bits" "less than no free bits" pg-train --model vae --set free_bits=-1 -o m train.npy
fails 2 "no -n" "a repeated manifold" pg-sample -m plane.safetensors --manifold 3 --repeat 2
pg-encode -m plane.safetensors --pass none -o codes.npy test.npy
pg-encode -m plane.safetensors --pass image -o unlabelled.npy test.npy
fails 1 "no labels, which are the codes" "labels needed" \
    pg-encode -m conditional-pixelcnn.safetensors --no-codes --nll --report unlabelled.npy
fails 1 "no code but the label" "nothing to encode" pg-encode -m conditional-pixelcnn.safetensors test.npy
fails 1 "continuous" "no classes in a flow" pg-classify -m plane.safetensors test.npy
done_testing
