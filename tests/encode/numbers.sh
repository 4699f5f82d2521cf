# The report of pg-encode, computed anew with numpy from the codes.
. "$srcdir/tests/tap.sh"
need_python numpy
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99
for model in digits plane space; do
    # What is reported of q(z) is of codes drawn from it.
    pg-encode -m $model.safetensors --sample --nll --knn digits.npy -k 3 --report-tsv $model.val \
        test.npy >codes.npy
    pg-encode -m $model.safetensors --sample digits.npy >reference.npy
    ok "report on $model" \
        "$python" "$srcdir/tests/encode/check_encode.py" $model codes.npy reference.npy $model.val
done
done_testing
