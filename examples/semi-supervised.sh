#!/bin/sh
# Few labels and many images without: a PixelGAN autoencoder with a category for
# each class, beside the same encoder trained on the labelled images alone, with
# the same warps and as many steps.
#   semi-supervised.sh TRAIN TEST CLASSES OUTPUT_FOLDER [OPTION OF pg-train]...
# TRAIN and TEST are streams with labels (pg-prep writes them), CLASSES the labels
# they have, as in 0,1,2. From the environment:
#   LABELS   numbers of labels to try    (500)
#   SEEDS    draws of the labelled ones  (1 2 3)
#   EPOCHS   passes over TRAIN           (30)
#   THREADS  threads                     (one per core)
#   ROWS     given rows of completions   (16)
# One line per run goes to results.tsv in OUTPUT_FOLDER: version, what was trained on
# how many labels, seed, test error, error on TRAIN, of which a run was told but LABELS
# labels (settings are to be chosen by that), seconds, and the command. Runs that have
# their line are not repeated. The tools are found through PATH.
set -eu
usage="usage: semi-supervised.sh TRAIN TEST CLASSES OUTPUT_FOLDER [OPTION OF pg-train]..."
train=${1:?$usage} test=${2:?$usage} classes=${3:?$usage} output=${4:?$usage}
shift 4
. "$(dirname "$0")/experiment.sh"
passes=${EPOCHS:-30} epochs= # given with each run
categories=$(echo "$classes" | tr ',' '\n' | wc -l)
images=$(pg-prep "$train" 2>&1 >/dev/null | sed -n 's/^pg-prep: \([0-9]*\) examples.*/\1/p')
begin_experiment "$output" error training_error

# run WHAT LABELS SEED INPUT ORIGIN OPTION...: trains on INPUT, which came from the
# command ORIGIN, classifies TEST, writes a line.
run() {
    name="$1, $2 labels" seed=$3 input=$4 from_command=$5
    model=$output/$1-$2-$3.safetensors
    shift 5
    done_before "$name" "$seed" && return
    echo "$name, seed $seed"
    train "$model" "$seed" "$input" --prior "categorical:$categories" --supervise "$@"
    classify_both "$model" "$train" "$test"
    record "$name" "$seed" "$from_command" "$(score error)" "$training_error"
}

for labels in ${LABELS:-500}; do
    for seed in ${SEEDS:-1 2 3}; do
        part=$output/part.npy
        pg-prep -q --keep-labels "$labels" --seed "$seed" "$train" -o "$part"
        pg-prep -q --classes "$classes" "$part" -o "$output/labelled.npy"
        from="pg-prep --keep-labels $labels --seed $seed $(basename "$train")"
        run pixelgan "$labels" "$seed" "$part" "$from" -e "$passes" "$@"
        run baseline "$labels" "$seed" "$output/labelled.npy" "$from | pg-prep --classes $classes" \
            -e $((passes * images / labels)) "$@" \
            --set reconstruction_weight=0 --set adversarial_weight=0 --set agreement_weight=0
    done
    # Samples, one row per class; images of the test set of which the upper half was given.
    model=$output/pixelgan-$labels-$seed.safetensors
    pg-sample -m "$model" --grid "${categories}x10" -o "$output/samples-$labels.png"
    pg-sample -m "$model" --complete "$test" --rows "${ROWS:-16}" --count 50 \
        -o "$output/completions-$labels.png"
done
rm -f "$output/part.npy" "$output/labelled.npy"
summarise
