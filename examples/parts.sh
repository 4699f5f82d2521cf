#!/bin/sh
# A stream worked on in parts, at the same time: parts.sh N FILE OUTPUT COMMAND...
#   parts.sh 8 images.npy codes.npy pg-encode -q -j 1 -m digits.safetensors
# COMMAND reads each of N parts of FILE from its standard input; what it writes for part K goes to
# OUTPUT.K, and all of it, one after the other, to OUTPUT. JOBS says how many run at a time (default:
# one per core). In a job array of Slurm (sbatch --array=1-N) each job does its part; then
# `parts.sh join N OUTPUT` puts them together.
# The order is that of the parts: part K has the examples K, K + N, K + 2N ... of FILE.
set -eu
usage='usage: parts.sh N FILE OUTPUT COMMAND... | parts.sh join N OUTPUT'

# Under its name when complete, as the tools do it.
join() { # N OUTPUT
    # shellcheck disable=SC2046
    cat $(seq -f "$2.%.0f" "$1") >"$2.joined"
    mv "$2.joined" "$2"
}

part() { # K N FILE OUTPUT COMMAND...
    k=$1 n=$2 file=$3 output=$4
    shift 4
    pg-prep -q --split "$k/$n" -o "$output.$k.part" "$file"
    "$@" <"$output.$k.part" >"$output.$k.new"
    rm "$output.$k.part"
    mv "$output.$k.new" "$output.$k"
}

case ${1?$usage} in
join)
    join "${2?$usage}" "${3?$usage}"
    ;;
part)
    shift
    part "$@"
    ;;
*)
    n=$1 output=${3?$usage}
    if [ -n "${SLURM_ARRAY_TASK_ID-}" ]; then
        part "$SLURM_ARRAY_TASK_ID" "$@"
        exit
    fi
    seq "$n" | xargs -P "${JOBS-$(nproc)}" -I K sh "$0" part K "$@"
    join "$n" "$output"
    ;;
esac
