# Streams split by pg-prep and worked on in parts come to what a single run makes of the same.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99
JOBS=2
export JOBS
sh "$srcdir/examples/data/cut" "$srcdir/examples/data" . 100 50 || exit 99
pg-prep -q --binarize threshold --resize 8x8 --labels t10k-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz >images.npy &&
    pg-train -q -j 1 -e 1 --prior categorical:3 --set features=4 --set blocks=1 --set hidden=8 \
        --set encoder_features=2 --set batch=10 -o model images.npy || exit 99

# The whole in the order of the parts, by one run.
for k in 1 2 3 4; do pg-prep -q --split $k/4 images.npy; done | pg-prep -q - >ordered.npy

parts() # OUTPUT COMMAND...
{
    sh "$srcdir/examples/parts.sh" 4 images.npy "$@"
}

# What follows the header of an array.
records() # FILE
{
    # shellcheck disable=SC2046
    set -- "$1" $(od -An -j8 -N2 -tu1 "$1")
    tail -c +$((11 + $2 + 256 * $3)) "$1"
}

draw() # CODES
{
    pg-sample -q -m model --codes "$1" -o "$1.ppm"
}

ok "codes in parts" parts codes.npy pg-encode -q -j 1 -m model --nll
pg-encode -q -j 1 -m model --nll ordered.npy >whole.npy
for k in 1 2 3 4; do records codes.npy.$k; done >parts.bytes
records whole.npy >whole.bytes
ok "are those of a single run" cmp parts.bytes whole.bytes
draw codes.npy
draw whole.npy
ok "and are read alike" cmp codes.npy.ppm whole.npy.ppm

ok "classes in parts" parts classes.tsv pg-classify -q -j 1 -m model
pg-classify -q -j 1 -m model ordered.npy | tail -n +2 | cut -f 2-4 >whole.tsv
grep -v '^index' classes.tsv | cut -f 2-4 >joined.tsv
ok "are those of a single run" cmp joined.tsv whole.tsv

# As a job array of Slurm does it, a job a part.
for k in 3 1 4 2; do
    SLURM_ARRAY_TASK_ID=$k parts array.npy pg-encode -q -j 1 -m model --nll || exit 99
done
ok "jobs of an array, joined" sh "$srcdir/examples/parts.sh" join 4 array.npy
ok "make the same" cmp array.npy codes.npy
ok "a part that fails is an error" sh -c '! sh "$srcdir/examples/parts.sh" 4 images.npy bad false'
ok "without output" test ! -e bad
done_testing
