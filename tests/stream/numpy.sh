# NumPy reads what we write, and we read what it writes.
. "$srcdir/tests/tap.sh"
need_python numpy
cd "$work" || exit 99

cat >make.py <<'END'
import numpy as np
rng = np.random.default_rng(1)
n = 600
images = rng.integers(0, 256, (n, 5, 4), dtype=np.uint8)
np.save('plain3.npy', images)
np.save('plain4.npy', images.reshape(n, 5, 4, 1))
np.save('codes4.npy', rng.standard_normal((n, 3)).astype('<f4'))
np.save('codes8.npy', rng.standard_normal((n, 3)).astype('>f8'))
np.save('fortran.npy', np.asfortranarray(images))
np.save('objects.npy', np.array([None, 1]), allow_pickle=True)
np.save('ints.npy', np.zeros((3, 4), 'i8'))
def records(fields, name, align=False, version=None):
    a = np.zeros(n, np.dtype(fields, align=align))
    for f in a.dtype.names:
        if a[f].dtype.kind == 'f':
            a[f] = rng.standard_normal(a[f].shape)
        elif f == 'label':
            a[f] = rng.integers(-1, 10, n) if a[f].dtype.kind == 'i' else rng.integers(0, 10, n)
        else:
            a[f] = rng.integers(0, 256, a[f].shape)
    with open(name, 'wb') as file:
        np.lib.format.write_array(file, a, version=version)
records([('image', 'u1', (5, 4, 1)), ('label', '<i4')], 'digits.npy')
records([('label', '>i8'), ('nll', '>f4'), ('code', '>f4', (3,)), ('image', 'u1', (5, 4))], 'big.npy')
records([('label', 'u1'), ('nll', '<f8'), ('image', 'u1', (5, 3, 3))], 'aligned.npy', align=True)
records([('image', 'u1', (5, 4, 1)), ('label', '<i4')], 'v2.npy', version=(2, 0))
records([('image', 'u1', (5, 4, 1)), ('label', '<i4')], 'v3.npy', version=(3, 0))
END
cat >check.py <<'END'
import sys
import numpy as np
def fields(a):
    if a.dtype.names:
        return {f: a[f] for f in a.dtype.names}
    return {'code': a} if a.dtype.kind == 'f' else {'image': a}
def arrays(name):
    with open(name, 'rb') as file:
        size = file.seek(0, 2)
        file.seek(0)
        if len(sys.argv) > 3:  # what opens a chunked stream
            head = file.read(10)
            assert head[:8] == b'\x93NUMPY\1\0' and b"'shape': 'chunked" in file.read(
                int.from_bytes(head[8:], 'little'))
        while file.tell() < size:
            yield np.load(file)
want = fields(np.load(sys.argv[1]))
got = fields(np.concatenate(list(arrays(sys.argv[2]))))
order = ['image', 'label', 'code', 'nll']
assert list(got) == [f for f in order if f in want], list(got)
for f in want:
    w = want[f].astype({'image': '|u1', 'label': '<i4'}.get(f, '<f4'))
    if f == 'image' and w.ndim == 3:
        w = w[..., None]
    assert got[f].dtype == w.dtype and got[f].shape == w.shape, (f, got[f].dtype, got[f].shape)
    assert (got[f] == w).all(), f
END
"$python" make.py || exit 99
for file in plain3 plain4 codes4 codes8 digits big aligned v2 v3; do
    pg-template -o copy.npy $file.npy
    ok "$file: as an array" "$python" check.py $file.npy copy.npy
    pg-template $file.npy | cat >chunks.npy
    ok "$file: as a chunked stream" "$python" check.py $file.npy chunks.npy chunked
done

# NumPy reads the whole of what we leave in a file, or says that it does not.
refuses() # FILE
{
    for how in "" ", mmap_mode='r'"; do
        "$python" -c "import numpy as np; np.load('$1'$how)" 2>said && return 1
        grep -q "ValueError: shape is not valid: 'chunked; .*pg-prep FILE -o ARRAY" said || return 1
    done
}
length() # FILE
{
    "$python" -c "import numpy as np; print(len(np.load('$1')))"
}
pg-template digits.npy | cat >catted.npy
ok "a chunked stream that cat wrote is refused, with what to do" refuses catted.npy
pg-template digits.npy | tee teed.npy >/dev/null
ok "and one that tee wrote" refuses teed.npy
(pg-template digits.npy | cat; pg-template digits.npy; pg-template digits.npy) >catted.npy
ok "also with more behind it" refuses catted.npy
rm -f catted.npy
for part in 1 2 3; do pg-template digits.npy >>catted.npy; done
ok "or where each is appended" refuses catted.npy
for part in 1 2 3; do pg-template digits.npy; done >looped.npy
is "$(length looped.npy)" 1800 "a loop into a file makes one array"
for part in 1 2; do pg-template digits.npy >>looped.npy; done
is "$(length looped.npy)" 3000 "and goes on with it"
pg-template -o array.npy teed.npy
ok "what it advises makes an array" "$python" check.py digits.npy array.npy

fails 1 "Fortran order" "Fortran order" pg-template -o o fortran.npy
fails 1 "'\|O'.*Python objects" "objects" pg-template -o o objects.npy
fails 1 "'<i8' and shape .3, 4.; accepted are" "integers" pg-template -o o ints.npy
is "$("$python" -c "import numpy as np; print(np.load('copy.npy')['image'].shape)")" \
    "(600, 5, 4, 1)" "one line of Python"
pg-template digits.npy -o digits-again.npy
is "$(tail -c 14400 digits-again.npy | cksum)" "$(tail -c 14400 digits.npy | cksum)" \
    "the records are NumPy's, byte for byte"

done_testing
