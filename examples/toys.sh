#!/bin/sh
# Five kinds of toys under changing light, from 500 labels; those tested on were
# never seen.
#   toys.sh DATA_FOLDER [OUTPUT_FOLDER]
# DATA_FOLDER holds small NORB's -dat and -cat matrices, or any in its format, of
# a training and a testing set. semi-supervised.sh says what is made, and what
# the environment may say.
set -eu
data=${1:?usage: toys.sh DATA_FOLDER [OUTPUT_FOLDER]}
output=${2:-.}
mkdir -p "$output"

matrix() { # training|testing: the one -dat matrix of it
    set -- "$data"/*"$1"-dat.mat*
    [ $# -eq 1 ] && [ -e "$1" ] || { echo "toys.sh: $data: needs one file $1" >&2; exit 1; }
    echo "$1"
}

training=$(matrix training)
testing=$(matrix testing)
pg-prep --resize 32x32 "$training" -o "$output/train.npy"
pg-prep --resize 32x32 "$testing" -o "$output/test.npy"
EPOCHS=${EPOCHS:-60} \
    sh "$(dirname "$0")/semi-supervised.sh" "$output/train.npy" "$output/test.npy" \
    0,1,2,3,4 "$output" --set likelihood=logistic \
    --set elastic=0 --set erase=0
