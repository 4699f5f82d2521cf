# With no CPU's instructions does oneDNN come down to its reference code for convolutions, which is
# up to a thousand times slower than all other. (No CPU is made to do what it cannot.)
. "$srcdir/tests/tap.sh"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 8 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

# passes INSTRUCTIONS OPTION...: the convolutions of a short run, a line each, as oneDNN reports them.
passes()
{
    instructions=$1
    shift
    ONEDNN_VERBOSE=1 ONEDNN_MAX_CPU_ISA=$instructions pg-train -q -j 1 -e 1 --set batch=4 \
        --set blocks=2 --set encoder_features=8 --set hidden=16 "$@" -o "$work/model" \
        "$work/images.npy" | grep -E 'exec.*,convolution,'
}

if [ -z "$(passes DEFAULT)" ]; then
    tap_report 0 "convolutions # SKIP not by oneDNN, or it does not report them"
    done_testing
    exit
fi
for instructions in SSE41 AVX AVX2 AVX512_CORE; do
    for features in 4 8 12 16 32; do
        for field in 9 full; do
            options="--set features=$features --receptive-field $field"
            # shellcheck disable=SC2086
            is "$(passes $instructions $options | grep -c ',ref')" 0 \
                "$instructions, $options: no reference code"
        done
    done
    is "$(passes $instructions --model vlae --set features=16 | grep -c ',ref')" 0 \
        "$instructions, vlae: no reference code"
done
done_testing
