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
#   THREADS  threads                     (one a core)
#   ROWS     given rows of completions   (16)
# A line a run goes to results.tsv in OUTPUT_FOLDER: version, what was trained,
# labels, seed, test error, seconds, and the command. Runs that have their line
# are not repeated. The tools are found through PATH.
set -eu
usage="usage: semi-supervised.sh TRAIN TEST CLASSES OUTPUT_FOLDER [OPTION OF pg-train]..."
train=${1:?$usage} test=${2:?$usage} classes=${3:?$usage} output=${4:?$usage}
shift 4
epochs=${EPOCHS:-30}
threads=${THREADS:-$(nproc)}
mkdir -p "$output"
results=$output/results.tsv
version=$(pg-train --version | sed -n '1s/.* //p')
categories=$(echo "$classes" | tr ',' '\n' | wc -l)
images=$(pg-prep "$train" 2>&1 >/dev/null | sed -n 's/^pg-prep: \([0-9]*\) examples.*/\1/p')
[ -e "$results" ] ||
    printf 'version\twhat\tlabels\tseed\terror\tseconds\tcommand\n' >"$results"

# run WHAT LABELS SEED INPUT ORIGIN OPTION...: trains on INPUT, which came from the
# command ORIGIN, classifies TEST, writes a line.
run() {
    what=$1 labels=$2 seed=$3 input=$4 origin=$5
    shift 5
    set -- --prior "categorical:$categories" --supervise --seed "$seed" -j "$threads" "$@"
    model=$output/$what-$labels-$seed.safetensors
    cut -f 2-4 "$results" | grep -q -x "$(printf '%s\t%s\t%s' "$what" "$labels" "$seed")" && return
    echo "$what, $labels labels, seed $seed"
    begun=$(date +%s)
    pg-train "$@" --log "${model%.safetensors}.json" -o "$model" "$input"
    seconds=$(($(date +%s) - begun))
    pg-classify -q -m "$model" -j "$threads" --summary-tsv "$output/summary.tsv" "$test" >/dev/null
    error=$(sed -n 's/^error\t//p' "$output/summary.tsv")
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$version" "$what" "$labels" "$seed" "$error" \
        "$seconds" "$origin | pg-train $*" >>"$results"
}

for labels in ${LABELS:-500}; do
    for seed in ${SEEDS:-1 2 3}; do
        part=$output/part.npy
        pg-prep -q --keep-labels "$labels" --seed "$seed" "$train" -o "$part"
        pg-prep -q --classes "$classes" "$part" -o "$output/labelled.npy"
        from="pg-prep --keep-labels $labels --seed $seed $(basename "$train")"
        run pixelgan "$labels" "$seed" "$part" "$from" -e "$epochs" "$@"
        run baseline "$labels" "$seed" "$output/labelled.npy" "$from | pg-prep --classes $classes" \
            -e $((epochs * images / labels)) "$@" \
            --set reconstruction_weight=0 --set adversarial_weight=0 --set agreement_weight=0
    done
    # Samples, a row a class; images of the test set of which the upper half was given.
    model=$output/pixelgan-$labels-$seed.safetensors
    pg-sample -m "$model" --grid "${categories}x10" -o "$output/samples-$labels.png"
    pg-sample -m "$model" --complete "$test" --rows "${ROWS:-16}" --count 50 \
        -o "$output/completions-$labels.png"
done
rm -f "$output/part.npy" "$output/labelled.npy" "$output/summary.tsv"

# Mean and standard deviation over the seeds.
awk -F '\t' 'NR > 1 { k = $2 "\t" $3; n[k]++; s[k] += $5; q[k] += $5 * $5 }
    END { for (k in n) { m = s[k] / n[k]; v = q[k] / n[k] - m * m; if (v < 0) v = 0
        d = n[k] > 1 ? sqrt(v * n[k] / (n[k] - 1)) : 0
        printf "%s labels\t%.2f %% +- %.2f\t(%d seeds)\n", k, 100 * m, 100 * d, n[k] } }' \
    "$results" | sort
