#!/bin/sh
# Three categories and three digits: each category should take one of them.
#   three-digits.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]
# For three triples of digits; clusters.sh says the rest.
set -eu
data=${1:?usage: three-digits.sh DATA_FOLDER [OUTPUT_FOLDER [OPTION OF pg-train]...]}
output=${2:-.}
shift $(($# < 2 ? $# : 2))
for triple in 1,2,3 0,6,7 4,5,8; do
    CLASSES=$triple CATEGORIES=3 SEEDS=${SEEDS:-1 2 3 4 5} \
        sh "$(dirname "$0")/clusters.sh" "$data" "$output/$triple" "$@"
done
