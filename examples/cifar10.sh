#!/bin/sh
# Photographs without labels or code: how well a small PixelCNN predicts them, in
# bits per dimension, and what it draws.
#   cifar10.sh DATA_FOLDER [OUTPUT_FOLDER] [OPTION OF pg-train]...
# DATA_FOLDER holds CIFAR-10's data_batch_*.bin and test_batch.bin, gzipped or
# not. From the environment: EPOCHS (40), SEED (1), THREADS (one per core). The
# tools are found through PATH.
set -eu
data=${1:?usage: cifar10.sh DATA_FOLDER [OUTPUT_FOLDER] [OPTION OF pg-train]...}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
threads=${THREADS:-$(nproc)}
mkdir -p "$output"
model=$output/cifar10.safetensors
set -- --prior none --pull none -e "${EPOCHS:-40}" --seed "${SEED:-1}" \
    --set learning_rate=2e-3 "$@"

pg-prep --from cifar10 "$data"/data_batch_*.bin* -o "$output/train.npy"
pg-prep --from cifar10 "$data"/test_batch.bin* -o "$output/test.npy"
begun=$(date +%s)
pg-train "$@" -j "$threads" --log "$output/cifar10.json" -o "$model" "$output/train.npy"
seconds=$(($(date +%s) - begun))
pg-sample -m "$model" -j "$threads" --count 100 --grid 10x10 -o "$output/samples.png"
pg-encode -q -m "$model" -j "$threads" --nll --no-codes --report-tsv "$output/test.tsv" \
    "$output/test.npy"
bits=$(sed -n 's/^bits_per_dimension\t//p' "$output/test.tsv")
[ -e "$output/results.tsv" ] ||
    printf 'version\tseed\tbits_per_dimension\tseconds\tcommand\n' >"$output/results.tsv"
printf '%s\t%s\t%s\t%s\t%s\n' "$(pg-train --version | head -n 1)" "${SEED:-1}" "$bits" "$seconds" \
    "pg-train $* -j $threads" >>"$output/results.tsv"
echo "$bits bits per dimension on images not trained on ($output/results.tsv)"
