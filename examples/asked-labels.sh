#!/bin/sh
# Labels of the images that pg-classify asks for, beside as many drawn at random.
#   asked-labels.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]
# DATA_FOLDER holds a data set in MNIST's four files (IDX, gzipped or not). From
# the environment:
#   CATEGORIES  of the prior                       (30)
#   LABELS      images to label                    (20)
#   SEEDS       of the runs                        (1 2 3 4 5)
#   EPOCHS      passes over the training images    (pg-train's default)
#   THREADS     threads                            (one per core)
# Categories are found without labels; then LABELS training images give them theirs, and the test
# images are counted. One line per run goes to results.tsv: the error with the images asked for, and the
# mean error of ten draws. Runs that have their line are not repeated.
set -eu
usage="usage: asked-labels.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]"
data=${1:?$usage}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
. "$(dirname "$0")/experiment.sh"
categories=${CATEGORIES:-30}
wanted=${LABELS:-20}

begin_experiment "$output" error drawn_error
idx_streams "$data" "$output"
images=$(idx_file "$data" train-images-idx3-ubyte)
[ -e "$output/unlabelled.npy" ] || pg-prep -q "$images" -o "$output/unlabelled.npy"

# The list of images asked for with their labels filled in, which are those of the training images.
answer() { # LIST TABLE
    awk -F '\t' -v OFS='\t' '
        NR == FNR { label[$1] = $2; next }
        FNR > 1 { $2 = label[$1] }
        { print }' "$2" "$1"
}

error_with() { # MODEL STREAM: of the test images, the categories labelled by the stream
    classify "$1" "$output/test.npy" --reference "$2"
    score error
}

for seed in ${SEEDS:-1 2 3 4 5}; do
    what="$wanted labels, $categories categories"
    done_before "$what" "$seed" && continue
    echo "$what, seed $seed"
    model=$output/asked-$seed.safetensors
    train "$model" "$seed" "$output/unlabelled.npy" --prior "categorical:$categories" "$@"
    pg-classify -q -m "$model" -j "$threads" --ask "$wanted" --asked "$output/asked.tsv" \
        -o "$table" "$output/unlabelled.npy"
    classify "$model" "$output/train.npy"
    answer "$output/asked.tsv" "$table" >"$output/answered.tsv"
    pg-prep -q --labels "$output/answered.tsv" "$output/unlabelled.npy" -o "$output/some.npy"
    asked=$(error_with "$model" "$output/some.npy")
    drawn=$(for draw in 1 2 3 4 5 6 7 8 9 10; do
        pg-prep -q --shuffle --seed "$draw" --limit "$wanted" "$output/train.npy" -o "$output/some.npy"
        error_with "$model" "$output/some.npy"
    done | awk '{ sum += $1 } END { print sum / NR }')
    record "$what" "$seed" "pg-classify --ask $wanted" "$asked" "$drawn"
done
rm -f "$output/some.npy" "$output/asked.tsv" "$output/answered.tsv"
summarise
