#!/bin/sh
# Ten classes from 20, 50 and 100 labels, the same number of each class, and
# many images without.
#   few-labels.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]
# DATA_FOLDER holds a data set in MNIST's four files (IDX, gzipped or not). From
# the environment:
#   LABELS   numbers of labels                  (20 50 100)
#   SEEDS    of the runs and of the labels' draw  (1 2 3)
#   EPOCHS   passes over the training images    (pg-train's default)
#   THREADS  threads                            (one per core)
# One line per run goes to results.tsv, a sheet with one row per class to
# samples-LABELS.png. Runs that have their line are not repeated. Beside the test
# error stands that of the training images, of which a run was told but LABELS
# labels: settings are to be chosen by that.
set -eu
usage="usage: few-labels.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]"
data=${1:?$usage}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
. "$(dirname "$0")/experiment.sh"

begin_experiment "$output" error training_error
idx_streams "$data" "$output"
for labels in ${LABELS:-20 50 100}; do
    for seed in ${SEEDS:-1 2 3}; do
        done_before "$labels labels" "$seed" && continue
        echo "$labels labels, seed $seed"
        pg-prep -q --keep-labels "$labels" --seed "$seed" "$output/train.npy" \
            -o "$output/part.npy"
        model=$output/labels-$labels-$seed.safetensors
        train "$model" "$seed" "$output/part.npy" --prior categorical:10 --supervise "$@"
        classify_both "$model" "$output/train.npy" "$output/test.npy"
        record "$labels labels" "$seed" "pg-prep --keep-labels $labels --seed $seed" \
            "$(score error)" "$training_error"
        pg-sample -m "$model" --grid 10x10 -o "$output/samples-$labels.png"
    done
done
rm -f "$output/part.npy"
summarise
