# The scores of pg-classify, computed anew with numpy from the codes.
. "$srcdir/tests/tap.sh"
need_python numpy
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99
pg-encode -m digits.safetensors test.npy >test-codes.npy
pg-encode -m digits.safetensors digits.npy >reference-codes.npy
pg-classify -q -m digits.safetensors --summary-tsv self.val test.npy >self.tsv
pg-classify -q -m digits.safetensors --reference digits.npy --summary-tsv reference.val test.npy >reference.tsv
ok "scores of an input that is its own reference" \
    "$python" "$srcdir/tests/classify/check_classify.py" test-codes.npy test-codes.npy self.tsv self.val
ok "scores with a reference" \
    "$python" "$srcdir/tests/classify/check_classify.py" test-codes.npy reference-codes.npy reference.tsv reference.val
done_testing
