#!/bin/sh
# The main job: learn 30 kinds of handwriting from images alone, then see how
# well they match the digits, which the training never saw.
#   digits.sh DATA_FOLDER [OUTPUT_FOLDER]
# DATA_FOLDER holds MNIST's four files (IDX, gzipped); the tools are found
# through PATH.
set -eu
data=${1:?usage: digits.sh DATA_FOLDER [OUTPUT_FOLDER]}
output=${2:-.}
mkdir -p "$output"

pg-prep --labels "$data/train-labels-idx1-ubyte.gz" "$data/train-images-idx3-ubyte.gz" \
    -o "$output/train.npy"
pg-prep --labels "$data/t10k-labels-idx1-ubyte.gz" "$data/t10k-images-idx3-ubyte.gz" \
    -o "$output/test.npy"
pg-train --prior categorical:30 --epochs "${EPOCHS:-30}" -o "$output/digits.safetensors" \
    "$output/train.npy"
pg-sample -m "$output/digits.safetensors" --grid 30x10 -o "$output/sheet.png"
pg-classify -m "$output/digits.safetensors" "$output/test.npy" >"$output/clusters.tsv"

echo "one row per category: $output/sheet.png"
