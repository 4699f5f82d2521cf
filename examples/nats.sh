#!/bin/sh
# What an image of black and white pixels costs, in nats: exactly, under a PixelCNN;
# at most, under a VAE with a code of 50 dimensions (importance-weighted bound).
#   nats.sh DATA_FOLDER [OUTPUT_FOLDER]
# DATA_FOLDER holds a data set in MNIST's four files (IDX, gzipped or not). Each
# pixel is white with the probability that its grey level says; the training
# images are drawn four times, so that an epoch passes four times over them. From
# the environment:
#   MODELS   what to train               (pixelcnn vae)
#   SEEDS    of the runs                 (1)
#   EPOCHS   passes over the four draws  (5 for a PixelCNN, 9 for a VAE)
#   THREADS  threads                     (one per core)
# One line per run goes to results.tsv. Runs that have their line are not repeated.
set -eu
usage="usage: nats.sh DATA_FOLDER [OUTPUT_FOLDER]"
data=${1:?$usage}
output=${2:-.}
. "$(dirname "$0")/experiment.sh"

begin_experiment "$output" nll nll_kind
idx_streams "$data" "$output"
pg-prep -q --binarize sample --seed 100 "$output/test.npy" -o "$output/black-white-test.npy"
for draw in 1 2 3 4; do
    pg-prep -q --binarize sample --seed $draw "$output/train.npy"
done >"$output/black-white-train.npy"

for seed in ${SEEDS:-1}; do
    for what in ${MODELS:-pixelcnn vae}; do
        done_before "$what" "$seed" && continue
        echo "$what, seed $seed"
        set -- --model "$what"
        if [ "$what" = pixelcnn ]; then
            epochs=${EPOCHS:-5}
            set -- "$@" --set features=32 --set blocks=6 --receptive-field full --precision bf16
        else
            epochs=${EPOCHS:-9}
            set -- "$@" --set hidden=512 --set learning_rate=2e-3
        fi
        model=$output/$what-$seed.safetensors
        train "$model" "$seed" "$output/black-white-train.npy" "$@"
        pg-encode -q -m "$model" -j "$threads" --no-codes --nll --importance 100 \
            --report-tsv "$scores" "$output/black-white-test.npy"
        record "$what" "$seed" "pg-prep --binarize sample" "$(score nll)" "$(score nll_kind)"
        pg-sample -q -m "$model" -j "$threads" --grid 10x10 -o "$output/samples-$what.png"
    done
done
rm -f "$output/black-white-train.npy" "$output/black-white-test.npy"
summarise 1 nats
