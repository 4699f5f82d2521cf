# The reference reader loads what we write, and we read what it writes.
. "$srcdir/tests/tap.sh"
need_python safetensors.numpy
copy=$builddir/tests/safetensors/copy
cd "$work" || exit 99

cat >make.py <<'END'
import numpy as np
from safetensors.numpy import save_file
rng = np.random.default_rng(2)
save_file({'z.weight': rng.standard_normal((3, 1, 5)).astype('f4'),
           'a.bias': rng.standard_normal(7).astype('f4'),
           'step': np.array([2**40], 'i8'),
           'labels': np.array([-1, 5], 'i4'),
           'scalar': np.array(2.5, 'f4'),
           'none': np.zeros((0, 3), 'f4'),
           'raw': rng.integers(0, 256, 11).astype('u1'),
           'half': rng.standard_normal(9).astype('f2'),
           'double': rng.standard_normal(4)},
          'theirs.safetensors', metadata={'epochs': '3', 'name': 'caf\u00e9 "x"\n'})
END
cat >check.py <<'END'
import sys
import numpy as np
from safetensors import safe_open
with safe_open(sys.argv[1], 'np') as a, safe_open(sys.argv[2], 'np') as b:
    assert set(a.keys()) == set(b.keys()), b.keys()
    assert a.metadata() == b.metadata(), b.metadata()
    for name in a.keys():
        x, y = a.get_tensor(name), b.get_tensor(name)
        if x.dtype.kind == 'f':
            x = x.astype('f4')
        assert x.dtype == y.dtype and x.shape == y.shape and (x == y).all(), name
END
"$python" make.py || exit 99
ok "we read theirs" "$copy" theirs.safetensors ours.safetensors
ok "they read ours, and find the same" "$python" check.py theirs.safetensors ours.safetensors
ok "we read ours" "$copy" ours.safetensors again.safetensors
ok "the same content makes the same bytes" cmp ours.safetensors again.safetensors
"$copy" - piped.safetensors <ours.safetensors
ok "redirected" cmp ours.safetensors piped.safetensors
cat ours.safetensors | "$copy" - - | cat >piped.safetensors
ok "and through pipes" cmp ours.safetensors piped.safetensors

done_testing
