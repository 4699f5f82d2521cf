# The scripts of experiments run to their ends, on a few digits and with next to no model.
. "$srcdir/tests/tap.sh"

examples=$srcdir/examples
data=$work/data
mkdir "$data" && sh "$examples/data/cut" "$examples/data" "$data" 100 40 || exit 99
tiny='--set features=2 --set blocks=1'
EPOCHS=1 THREADS=1 SEEDS='1 2' LABELS=20
export EPOCHS THREADS SEEDS LABELS

# Runs with a line in FILE, and those of them that have something in every column.
whole_lines()
{
    awk -F '\t' '
        NR == 1 { columns = NF; next }
        { runs++; whole += NF == columns && !/\t\t/ }
        END { print runs + 0, whole + 0 }' "$1"
}

# experiment NAME RUNS COMMAND...: results.tsv in $work/NAME has a line a run, the
# last line said is a summary, and what has its line is not run again.
experiment()
{
    name=$1 runs=$2 results=$work/$1/results.tsv
    shift 2
    ok "$name" "$@"
    is "$(whole_lines "$results")" "$runs $runs" "$name: $runs runs in results.tsv"
    like "$(tail -n 1 "$work/.out")" '[0-9.]+ \+- [0-9.]+ [%a-z]+, median [0-9.]+ [%a-z]+, [12] seeds?, [0-9]+ s each$' \
        "$name: a summary"
    cp "$results" "$work/before.tsv"
    ok "$name, again" "$@"
    ok "$name, again: nothing is run twice" cmp "$work/before.tsv" "$results"
}

experiment clusters 2 env CATEGORIES=4 sh "$examples/clusters.sh" "$data" "$work/clusters" $tiny
experiment some-classes 1 env CATEGORIES=3 CLASSES=1,2,3 SEEDS=1 \
    sh "$examples/clusters.sh" "$data" "$work/some-classes" $tiny
experiment few-labels 2 sh "$examples/few-labels.sh" "$data" "$work/few-labels" $tiny
experiment asked-labels 2 env CATEGORIES=4 LABELS=6 \
    sh "$examples/asked-labels.sh" "$data" "$work/asked-labels" $tiny
experiment plane 1 env SEEDS=1 sh "$examples/plane.sh" "$data" "$work/plane" $tiny
experiment beside-baseline 4 sh "$examples/semi-supervised.sh" \
    "$work/plane/train.npy" "$work/plane/test.npy" 0,1,2,3,4,5,6,7,8,9 "$work/beside-baseline" $tiny
experiment nats 1 env SEEDS=1 MODELS=vae sh "$examples/nats.sh" "$data" "$work/nats"
ok "three-digits" env SEEDS=1 sh "$examples/three-digits.sh" "$data" "$work/three-digits" $tiny
for triple in 1,2,3 0,6,7 4,5,8; do
    is "$(whole_lines "$work/three-digits/$triple/results.tsv")" "1 1" "three-digits: $triple"
done
done_testing
