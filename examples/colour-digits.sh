#!/bin/sh
# Digits on photographs, in colour, from 500 and from 1000 labels.
#   colour-digits.sh DATA_FOLDER [OUTPUT_FOLDER]
# DATA_FOLDER holds train_32x32.mat and test_32x32.mat as SVHN's cropped digits
# come. semi-supervised.sh says what is made, and what the environment may say.
set -eu
data=${1:?usage: colour-digits.sh DATA_FOLDER [OUTPUT_FOLDER]}
output=${2:-.}
mkdir -p "$output"

pg-prep "$data/train_32x32.mat" -o "$output/train.npy"
pg-prep "$data/test_32x32.mat" -o "$output/test.npy"
LABELS=${LABELS:-500 1000} EPOCHS=${EPOCHS:-40} \
    sh "$(dirname "$0")/semi-supervised.sh" "$output/train.npy" "$output/test.npy" \
    0,1,2,3,4,5,6,7,8,9 "$output" \
    --set elastic=0 --set erase=0
