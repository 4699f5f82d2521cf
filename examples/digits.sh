#!/bin/sh
# The main job: learn 30 kinds of handwriting from images alone, draw each, and
# see how well they match the digits, whose labels the training never saw.
#   digits.sh DATA_FOLDER [OUTPUT_FOLDER]
# DATA_FOLDER holds MNIST's four files (IDX, gzipped); the tools are found
# through PATH. EPOCHS can be set in the environment.
set -eu
data=${1:?usage: digits.sh DATA_FOLDER [OUTPUT_FOLDER]}
output=${2:-.}
mkdir -p "$output"
model=$output/digits.safetensors

pg-prep --labels "$data/train-labels-idx1-ubyte.gz" "$data/train-images-idx3-ubyte.gz" \
    -o "$output/train.npy"
pg-prep --labels "$data/t10k-labels-idx1-ubyte.gz" "$data/t10k-images-idx3-ubyte.gz" \
    -o "$output/test.npy"
pg-train --prior categorical:30 --epochs "${EPOCHS:-60}" -o "$model" "$output/train.npy"
pg-sample -m "$model" --grid 30x10 -o "$output/sheet.png"
# The label of a category is that of the training image surest to be in it.
pg-classify -q -m "$model" --reference "$output/train.npy" --summary "$output/summary.txt" \
    -o "$output/clusters.tsv" "$output/test.npy"

echo "categories against digits, on images not trained on ($output/summary.txt):"
grep '^error' "$output/summary.txt"
echo "a sheet of samples, one row per category:"
echo "$output/sheet.png"
