# Libraries beside ours take orders from the environment. None of them may print into what the tools
# write, leave files, or change a number.
. "$srcdir/tests/tap.sh"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (20, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 20 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

# Every tool once, each with its data on standard output; the results have the names of the tools.
all_tools() # FOLDER, with variables of the environment
{
    mkdir "$work/$1" && cd "$work/$1" || return 1
    {
        pg-prep -q --invert ../images.npy >prep
        pg-train -q -j 1 -e 1 --prior categorical:3 --set batch=10 --set features=8 --set blocks=1 \
            --set encoder_features=8 --set hidden=16 -o - ../images.npy >train
        pg-encode -q -j 1 -m train ../images.npy >encode
        pg-classify -q -j 1 -m train ../images.npy >classify
        pg-sample -q -j 1 -m train -n 4 --each >sample
        pg-train --settings >settings
        pg-train --help >help
    } 2>messages
    cd - >/dev/null
}

all_tools plain
is "$(cat "$work/plain/messages")" "" "all tools run"
for variables in "ONEDNN_VERBOSE=1 DNNL_VERBOSE=1" "ONEDNN_VERBOSE=2 DNNL_VERBOSE=2" \
    "ONEDNN_VERBOSE=all" "ONEDNN_JIT_DUMP=1 DNNL_JIT_DUMP=1" \
    "ONEDNN_DEFAULT_FPMATH_MODE=BF16 DNNL_DEFAULT_FPMATH_MODE=BF16" \
    "GSL_RNG_SEED=7 GSL_RNG_TYPE=taus GSL_IEEE_MODE=single-precision" "OPENBLAS_VERBOSE=2" \
    "OPENBLAS_NUM_THREADS=2" "OMP_DISPLAY_ENV=verbose" "PNG_DEBUG=9 PGM_MAXVAL=3 RPM=1" \
    "MALLOC_CHECK_=3 MALLOC_PERTURB_=85" "POSIXLY_CORRECT=1"; do
    (
        for variable in $variables; do export "${variable?}"; done
        all_tools changed
    )
    for result in prep train encode classify sample settings help; do
        ok "$variables: the same result of $result" \
            cmp "$work/plain/$result" "$work/changed/$result"
    done
    is "$(ls "$work/changed")" "$(ls "$work/plain")" "$variables: and no other file"
    rm -r "$work/changed"
done
done_testing
