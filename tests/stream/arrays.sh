# Arrays at their edges, as NumPy saves them: read, or refused with their real sizes; in a
# file and in a pipe alike.
. "$srcdir/tests/tap.sh"
need_python numpy
cd "$work" || exit 99

cat >make.py <<'PYTHON'
import numpy as np
from numpy.lib.format import write_array

def save(name, a, version=None):
    with open(name + '.npy', 'wb') as file:
        write_array(file, a, version=version)

def records(fields, shape, **more):
    return np.zeros(shape, np.dtype(fields, **more))

z = np.zeros
image = ('image', 'u1', (4, 3, 1))
for version in (1, 2, 3):
    save('empty-%d' % version, z((0, 4, 3), 'u1'), (version, 0))
    save('none-%d' % version, records([image, ('label', '<i4')], 0), (version, 0))
save('empty-4', z((0, 4, 3, 1), 'u1'))
save('empty-codes', z((0, 5), 'f4'))
save('full', np.arange(0, 240, 10, dtype='u1').reshape(2, 4, 3))
save('full-records', records([image, ('label', '<i4')], 2))
for shape in ((0, 0, 3), (2, 0, 3), (2, 4, 0), (2, 4, 3, 0), (0, 4, 3, 0)):
    save('zero-' + '-'.join(map(str, shape)), z(shape, 'u1'))
for shape in ((1, 1, 1), (1, 4, 3), (2, 1, 3), (2, 4, 1), (2, 4, 3, 1)):
    save('one-' + '-'.join(map(str, shape)), z(shape, 'u1'))
for shape in ((), (0,), (5,), (0, 0), (5, 6), (1, 2, 3, 4, 5)):
    save('rank-%d-%d' % (len(shape), sum(shape)), z(shape, 'u1'))
for code in ('?', 'i1', '<i2', '>i2', '<i8', '<u2', '<f2', '<f4', '>f8', '<c8', '<c16'):
    save('type-' + code.strip('<>').replace('?', 'bool') + ('-big' if code[0] == '>' else ''), z((2, 4, 3), code))
save('objects', np.array([None, {}], object))
save('strings', np.array(['a', 'b'], 'S4'))
save('unicode', np.array(['a', 'b'], 'U4'))
save('dates', z(2, 'M8[D]'))
save('times', z(2, 'm8[s]'))
save('void', z(2, 'V5'))
save('fortran', np.asfortranarray(z((2, 4, 3), 'u1')))
save('codes-big', np.arange(6, dtype='>f4').reshape(2, 3))
save('codes-half', z((2, 3), 'f2'))
save('codes-none', z((2, 0), 'f4'))
save('codes-inf', np.array([[np.inf, -np.inf], [np.nan, -0.0]]))
save('codes-huge', np.array([[1, 2], [3, 1e300]]))
save('titles', records([(('the picture', 'image'), 'u1', (4, 3)), ('label', 'u1')], 2))
save('offsets', records({'names': ['image', 'label'], 'formats': [('u1', (4, 3)), '<i4'],
                         'offsets': [4, 100], 'itemsize': 20000}, 2))
save('aligned', records([('label', 'u1'), ('nll', '<f8'), image], 2, align=True))
save('nested', records([image, ('in', [('x', 'f4')])], 2))
save('tables', records([image, ('code', 'f4', (2, 2))], 2))
save('nothing', records([], 2))
save('image-0', records([('image', 'u1', (4, 0))], 2))
save('image-channels-0', records([('image', 'u1', (4, 3, 0))], 2))
save('code-0', records([image, ('code', 'f4', (0,))], 2))
save('records-0d', records([image], ()))
save('records-2d', records([image], (2, 2)))
PYTHON
"$python" make.py || exit 99

# Fortran order that is no other order, as some programs always write it.
npy_header "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 4, 1)}" >one-fortran.npy
printf 'abcd' >>one-fortran.npy
npy_header "{'descr': [('image', '|u1', (4, 3))], 'fortran_order': True, 'shape': (2,)}" >rows-fortran.npy
printf 'abcdefghijklmnopqrstuvwx' >>rows-fortran.npy

# says FILE: what pg-prep says, of the file and, if it is not the same, of a pipe
says()
{
    pg-prep "$1.npy" 2>&1 >file.out | sed 's/^pg-prep: //' >file.said
    cat "$1.npy" | pg-prep 2>&1 >pipe.out | sed "s/standard input/$1.npy/; s/^pg-prep: //" >pipe.said
    cat file.said
    cmp file.said pipe.said 2>&1
}
reads() # FILE WHAT
{
    is "$(says "$1")" "$2" "$1"
    ok "$1 passes through all tools" sh -c 'pg-prep -q "$1.npy" | pg-template | cat >two &&
        pg-prep -q -o one "$1.npy" && pg-template -o one one && pg-template -o two two && cmp one two' sh "$1"
}
refuses() # FILE PATTERN
{
    like "$(says "$1")" "^$1.npy: $2" "$1"
    is "$(says "$1" | wc -l)" 1 "$1: in one line, in files and pipes"
    ok "$1: with status 1" sh -c '! pg-prep -q -o never "$1.npy" 2>never.err && test ! -e never' sh "$1"
}

for i in 1 2 3; do
    reads empty-$i "0 examples of image 4x3x1"
    reads none-$i "0 examples of image 4x3x1, label"
done
reads empty-4 "0 examples of image 4x3x1"
reads empty-codes "0 examples of code of 5"
for mix in "empty-1 full" "full empty-1" "empty-1 empty-2 full empty-4" "full empty-3 empty-1"; do
    is "$(for i in $mix; do cat $i.npy; done | pg-prep 2>&1 >out)" "pg-prep: 2 examples of image 4x3x1" \
        "cat $mix"
done
is "$(cat none-1.npy full-records.npy none-2.npy | pg-prep 2>&1 >out)" \
    "pg-prep: 2 examples of image 4x3x1, label; 0: 2" "cat of records"

refuses zero-0-0-3 "images of 0 x 3 x 1;"
refuses zero-2-0-3 "images of 0 x 3 x 1;"
refuses zero-2-4-0 "images of 4 x 0 x 1;"
refuses zero-2-4-3-0 "images of 4 x 3 x 0;"
refuses zero-0-4-3-0 "images of 4 x 3 x 0;"
reads one-1-1-1 "1 example of image 1x1x1"
reads one-1-4-3 "1 example of image 4x3x1"
reads one-2-1-3 "2 examples of image 1x3x1"
reads one-2-4-1 "2 examples of image 4x1x1"
reads one-2-4-3-1 "2 examples of image 4x3x1"
refuses rank-0-0 "an array of type '.u1' and shape \(\); accepted are"
refuses rank-1-0 "an array of type '.u1' and shape \(0,\); accepted are"
refuses rank-1-5 "an array of type '.u1' and shape \(5,\); accepted are"
refuses rank-2-0 "an array of type '.u1' and shape \(0, 0\); images are \(N,H,W\)"
refuses rank-2-11 "an array of type '.u1' and shape \(5, 6\); images are \(N,H,W\).*reshape"
refuses rank-5-15 "an array of type '.u1' and shape \(1, 2, 3, 4, 5\); accepted are"

for i in bool i1 i2 i2-big i8 u2 f4 f8-big; do
    reads type-$i "2 examples of image 4x3x1
type-$i.npy: values are taken as 0 (black) to 1 (white)"
    fails 1 "and shape .2, 4, 3.; images are bytes; 'pg-prep FILE' makes some of numbers" \
        "type-$i: other tools" pg-template type-$i.npy -o never
done
refuses type-f2 ".* and shape \(2, 4, 3\); save a.astype\('f4'\)"
for i in c8 c16; do refuses type-$i ".*\(complex numbers\)"; done
refuses objects ".*\(Python objects\).*save numbers"
refuses strings ".*\(strings\) and shape \(2,\)"
refuses unicode ".*\(strings\)"
refuses dates ".*\(dates\)"
refuses times ".*\(times\)"
refuses void ".*\(bytes without a type\)"
refuses fortran "an array in Fortran order; save numpy.ascontiguousarray"
reads one-fortran "1 example of image 4x1x1"
reads rows-fortran "2 examples of image 4x3x1"

reads codes-big "2 examples of code of 3"
reads codes-inf "2 examples of code of 2"
refuses codes-half ".*codes are a.astype\('f4'\)"
refuses codes-none "codes of 0 components"
refuses codes-huge "a number before byte [0-9]* is too large for a 32-bit float"
reads titles "2 examples of image 4x3x1, label; 0: 2"
reads offsets "2 examples of image 4x3x1, label; 0: 2"
reads aligned "2 examples of image 4x3x1, label, nll; 0: 2"
refuses nested "field 'in' is a record"
refuses tables "field 'code' has type '<f4' and shape \(2, 2\)"
refuses nothing "examples without any field"
refuses image-0 "images of 4 x 0 x 1;"
refuses image-channels-0 "images of 4 x 3 x 0;"
refuses code-0 "codes of 0 components"
refuses records-0d "records in an array of shape \(\)"
refuses records-2d "records in an array of shape \(2, 2\)"
done_testing
