# Whatever instructions the CPU has, no convolution runs in oneDNN's reference code, which is up to a
# thousand times slower than its others. (A CPU is held down here, never made to do what it cannot. The
# program is pg-train, but for one call: it lets oneDNN report.)
. "$srcdir/tests/tap.sh"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 8 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

# references INSTRUCTIONS OPTION...: how many convolutions of a short run oneDNN reports as such.
references()
{
    instructions=$1
    shift
    ONEDNN_VERBOSE=1 ONEDNN_MAX_CPU_ISA=$instructions \
        "$builddir/tests/train/reporting-train" -q -j 1 -e 1 --set batch=4 \
        --set blocks=2 --set encoder_features=8 --set hidden=16 "$@" -o "$work/model" \
        "$work/images.npy" >"$work/report" || echo "pg-train failed"
    grep -c 'exec.*,convolution,ref' "$work/report"
}

is "$(references DEFAULT)" 0 "all instructions: no reference code"
if ! grep -q 'exec.*,convolution,' "$work/report"; then
    tap_report 0 "fewer instructions # SKIP convolutions not by oneDNN, or it does not report them"
    done_testing
fi
for instructions in SSE41 AVX AVX2 AVX512_CORE; do
    for features in 4 8 12 16 32; do
        for field in 9 full; do
            options="--set features=$features --receptive-field $field"
            # shellcheck disable=SC2086
            is "$(references $instructions $options)" 0 \
                "$instructions, $options: no reference code"
        done
    done
    is "$(references $instructions --model vlae --set features=16)" 0 \
        "$instructions, vlae: no reference code"
done
done_testing
