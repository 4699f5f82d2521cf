# The same bytes by any number of threads, wanted or granted: training, encoding, classifying,
# sampling.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

# Labels for a third of the images; 53 to a batch, of which no number of threads is a divisor.
small="--set features=4 --set blocks=1 --set encoder_features=4 --set hidden=12
       --set discriminator_hidden=8 --set batch=53 -e 1"

all_of() # FOLDER [OPTION]...: what each tool makes of the same input
{
    folder=$1
    shift
    mkdir -p "$folder"
    # shellcheck disable=SC2086
    pg-train $small -q -s 3 --prior categorical:5 "$@" -o model digits.npy && mv model "$folder" &&
        pg-train $small -q --supervise -s 3 --prior categorical:7 "$@" -o taught digits.npy &&
        mv taught "$folder" &&
        pg-encode "$@" -m digits.safetensors test.npy >"$folder/codes" &&
        pg-encode "$@" --nll -m digits.safetensors test.npy >"$folder/nll" &&
        pg-encode "$@" --sample --report-tsv report -m plane.safetensors test.npy >"$folder/plane" &&
        mv report "$folder" &&
        pg-classify "$@" -m digits.safetensors test.npy >"$folder/table" &&
        pg-sample "$@" -m digits.safetensors -n 7 --npy >"$folder/sample"
}

same() # FOLDER DESCRIPTION
{
    diff -rq one "$1" >difference 2>&1
    ok "$2: $(head -n 1 difference)" test ! -s difference
}

ok "one thread" all_of one -j 1
# shellcheck disable=SC2086
ok "under another name, with a log and a checkpoint" \
    pg-train $small -v -s 3 --prior categorical:5 --threads=2 --log log --checkpoint c --every 1 \
    -oother digits.npy
ok "the same bytes" cmp one/model other
for threads in 2 3 5 9; do
    ok "$threads threads" all_of "by$threads" -j "$threads"
    same "by$threads" "$threads threads, the same bytes"
done
for limit in 1 2 3; do
    OMP_THREAD_LIMIT=$limit
    export OMP_THREAD_LIMIT
    ok "5 threads wanted, $limit allowed" all_of "limit$limit" -j 5
    unset OMP_THREAD_LIMIT
    same "limit$limit" "the same bytes with $limit of 5 threads"
done
OMP_DYNAMIC=true
export OMP_DYNAMIC
ok "where OpenMP may choose" all_of dynamic -j 3
unset OMP_DYNAMIC
same dynamic "the same bytes where OpenMP may choose the number"

# A user who may start no further process, a leak checker neither; the tool itself, for libtool's
# wrapper starts some.
tool=$builddir/src/.libs/pg-encode
[ -x "$tool" ] || tool=$(command -v pg-encode)
denied() # COMMAND...
{
    ASAN_OPTIONS=detect_leaks=0 LD_LIBRARY_PATH=$builddir/.libs setpriv --reuid 65531 --clear-groups prlimit --nproc=1 "$@"
}
if [ "$(id -u)" -eq 0 ] && denied test -r "$work/test.npy" -a -x "$tool" 2>/dev/null; then
    denied "$tool" -j 4 -m digits.safetensors test.npy >alone 2>message
    is "$? $(cat message)" "0 " "no further thread is granted"
    ok "and the codes are the same" cmp one/codes alone
else
    diag "no limit on processes was tried: that takes root, setpriv, prlimit and an open folder"
fi
done_testing
