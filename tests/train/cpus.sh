# float32 is computed without oneDNN; of bfloat16, whatever the shape, no convolution runs in oneDNN's
# reference code, which is up to a thousand times slower than its others. (The
# program is pg-train, but for one call: it lets oneDNN report.)
. "$srcdir/tests/tap.sh"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 8 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

# convolutions KIND OPTION...: how many of that kind oneDNN reports of a short run.
convolutions()
{
    kind=$1
    shift
    ONEDNN_VERBOSE=1 "$builddir/tests/train/reporting-train" -q -j 1 -e 1 --set batch=4 \
        --set blocks=2 --set encoder_features=8 --set hidden=16 "$@" -o "$work/model" \
        "$work/images.npy" >"$work/report" 2>&1 || echo "pg-train failed"
    grep -c "exec.*,convolution,$kind" "$work/report"
}

is "$(convolutions '')" 0 "float32: no convolution by oneDNN"
is "$(convolutions '' --model vlae --set features=16)" 0 "float32, vlae: no convolution by oneDNN"
convolutions '' --precision bf16 >"$work/count"
if ! grep -q 'exec.*,convolution,' "$work/report"; then
    tap_report 0 "bfloat16 # SKIP no oneDNN or CPU for it, or it does not report convolutions"
    done_testing
fi
for features in 4 8 12 16 32; do
    for field in 9 full; do
        options="--precision bf16 --set features=$features --receptive-field $field"
        # shellcheck disable=SC2086
        is "$(convolutions ref $options)" 0 "$options: no reference code"
    done
done
done_testing
