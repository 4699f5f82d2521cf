#!/bin/sh
# Categories found without labels, and how well they match the classes.
#   clusters.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]
# DATA_FOLDER holds a data set in MNIST's four files (IDX, gzipped or not). From
# the environment:
#   CATEGORIES  of the prior                       (30)
#   CLASSES     labels of the images to keep, as in 1,2,3  (all)
#   SEEDS       of the runs                        (1 2 3)
#   EPOCHS      passes over the training images    (pg-train's default)
#   THREADS     threads                            (one per core)
# The labels of the training images name each category after the fact: that of
# the image surest to be in it (Makhzani et al. 2015), or the commonest; the test
# images are then counted. One line per run goes to results.tsv, a sheet with one row per
# category in use, the largest first, to samples-CATEGORIES.png. Runs that have
# their line are not repeated.
set -eu
usage="usage: clusters.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]"
data=${1:?$usage}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
. "$(dirname "$0")/experiment.sh"
categories=${CATEGORIES:-30}
classes=${CLASSES:-all}

begin_experiment "$output" error majority_error nmi
idx_streams "$data" "$output"
if [ "$classes" != all ]; then
    for part in train test; do
        pg-prep -q --classes "$classes" "$output/$part.npy" -o "$output/$part-of-some.npy"
    done
    some=-of-some
else
    some=
fi

# The categories of the images just classified, the largest first, with commas.
categories_in_use() {
    sed 1d "$table" | cut -f 3 | sort | uniq -c | sort -rn | awk '{ print $2 }' | paste -s -d , -
}

for seed in ${SEEDS:-1 2 3}; do
    what="$categories categories, classes $classes"
    done_before "$what" "$seed" && continue
    echo "$what, seed $seed"
    model=$output/clusters-$categories-$classes-$seed.safetensors
    train "$model" "$seed" "$output/train$some.npy" --prior "categorical:$categories" "$@"
    classify "$model" "$output/test$some.npy" --reference "$output/train$some.npy"
    record "$what" "$seed" "pg-prep --classes $classes" "$(score error)" \
        "$(score error_majority)" "$(score nmi)"
    in_use=$(categories_in_use)
    pg-sample -m "$model" --category "$in_use" \
        --grid "$(echo "$in_use" | tr ',' '\n' | wc -l)x10" -o "$output/samples-$categories.png"
done
rm -f "$output/train-of-some.npy" "$output/test-of-some.npy"
summarise
