#!/bin/sh
# Codes of two dimensions pulled to a Gaussian: where the classes lie, how well
# neighbours agree, and how Gaussian all codes are together.
#   plane.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]
# DATA_FOLDER holds a data set in MNIST's four files (IDX, gzipped or not). From
# the environment:
#   FIELD    side of the square that a pixel sees  (9)
#   SEEDS    of the runs                        (1)
#   EPOCHS   passes over the training images    (pg-train's default)
#   THREADS  threads                            (one per core)
# One line per run goes to results.tsv: error of the nearest neighbours in the plane,
# divergence of the codes from the prior in nats. Pictures: plane.png, the test
# images' codes; manifold.png, images drawn from codes all over the plane.
set -eu
usage="usage: plane.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]"
data=${1:?$usage}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
. "$(dirname "$0")/experiment.sh"
field=${FIELD:-9}

begin_experiment "$output" knn_error kl
idx_streams "$data" "$output"
for seed in ${SEEDS:-1}; do
    done_before "plane, field $field" "$seed" && continue
    echo "plane, field $field, seed $seed"
    model=$output/plane-$field-$seed.safetensors
    train "$model" "$seed" "$output/train.npy" --prior gaussian:2 --receptive-field "$field" "$@"
    pg-encode -q -m "$model" -j "$threads" --no-codes --scatter "$output/plane.png" \
        --knn "$output/train.npy" --report-tsv "$scores" "$output/test.npy"
    record "plane, field $field" "$seed" pg-prep "$(score knn_error)" "$(score kl)"
    cp "$scores" "$output/plane-$field-$seed.tsv"
    pg-sample -m "$model" --manifold 20 -o "$output/manifold.png"
done
summarise
