# Limits of memory and of threads: a tool does what it can do within them, or says in one
# line that it cannot. What needs no linear algebra does not even load it.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

! grep -q 'fsanitize=address' "$builddir/Makefile" || skip_all "sanitizers take all addresses"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 40 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >images.npy
small="--prior categorical:3 --set features=8 --set blocks=1 --set encoder_features=8"
small="$small --set hidden=16 --set discriminator_hidden=8 --set batch=20"
pg-train -q -j 1 $small -e 1 -o model images.npy

# With so many KiB of addresses. What asks for memory again and again uses up its CPU time and is
# killed; nothing here needs a second of it.
within() # KIB COMMAND...
{
    (
        limit=$1
        shift
        ulimit -c 0
        ulimit -t 20
        ulimit -v "$limit"
        exec "$@"
    )
}

if grep -q '^#define BLAS_LIBRARY ' "$builddir/config.h"; then
    for command in "pg-train --help" "pg-train --version" "pg-train --settings" "pg-encode --help" \
        "pg-classify --version" "pg-sample --help" "pg-prep --help" "pg-prep --from list" \
        "pg-prep -q images.npy"; do
        # shellcheck disable=SC2086
        ok "150 MB are enough: $command" within 150000 $command
    done
    # shellcheck disable=SC2086
    fails 2 "unrecognized option" "150 MB are enough to refuse an option" \
        within 150000 pg-train --nonsense
    for command in "pg-train -q $small -e 1 -o new" "pg-encode -q -m model -o new" \
        "pg-classify -q -m model -o new"; do
        # shellcheck disable=SC2086
        fails 1 "not enough memory.*raise the limit" "150 MB are not enough: $command" \
            within 150000 $command -j 2 images.npy
        ok "and nothing is written" test ! -e new
    done
    fails 1 "not enough memory.*raise the limit" "150 MB are not enough: pg-sample" \
        within 150000 pg-sample -m model -o new

    # A test of ours that asks nobody whether there is a BLAS.
    within 120000 "$builddir/tests/nn/blas" >products
    is "$? $(grep -c '^ok' products) $(grep -c '^not ok' products)" \
        "0 $("$builddir/tests/nn/blas" | grep -c '^ok') 0" "products without a BLAS"
fi

# Little by little more: the status is 0 or 1, and what is said is one line of ours.
bad=
for threads in 1 3; do
    for command in "pg-train -q $small -e 1" "pg-encode -q -m model" "pg-classify -q -m model" \
        "pg-sample -m model"; do
        input=images.npy
        [ "$command" != "pg-sample -m model" ] || input=
        limit=150000
        while [ $limit -lt 1000000 ]; do
            # shellcheck disable=SC2086
            within $limit $command -j $threads -o new $input >out 2>err
            status=$?
            lines=$(grep -c '^pg-[a-z]*: .*memory\|^pg-[a-z]*: threads: ' err)
            case "$status $lines $(grep -c '' err)" in
            "0 0 0" | "1 1 1") ;;
            *) bad="$bad
$command -j $threads within $limit: status $status, $(head -c 300 err)" ;;
            esac
            limit=$((limit + 17000))
        done
        # shellcheck disable=SC2086
        ok "a gigabyte is enough: $command -j $threads" within 1000000 \
            $command -j $threads -o new $input
    done
done
is "$bad" "" "whatever the limit of memory, a result or one line"

# Threads. A process of the administrator has no limit; it becomes another's.
few() # COUNT COMMAND...
{
    count=$1
    shift
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=64999 --clear-groups prlimit --nproc="$count" "$@"
    else
        prlimit --nproc="$count" "$@"
    fi
}

# The tool itself, without the script around it that makes processes of its own.
tool=$builddir/src/.libs/pg-train
[ -x "$tool" ] || tool=$builddir/src/pg-train
LD_LIBRARY_PATH=$builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

chmod a+rx . && chmod a+r images.npy
if few 100000 "$tool" --help >/dev/null 2>&1; then
    ok "one thread is enough to be asked for help" few 1 "$tool" --help
    if few 1 sh -c 'true | true' 2>/dev/null; then
        tap_report 0 "too few threads # SKIP nothing limits them here"
    else
        # shellcheck disable=SC2086
        ok "four threads wanted, one granted: all is trained" \
            few 1 "$tool" -q $small -e 1 -j 4 -o - images.npy
    fi
fi

done_testing
