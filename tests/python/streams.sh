# Streams between pixelgan.py and the tools: files and pipes, there and back, and what is refused.
. "$srcdir/tests/tap.sh"
need_python numpy
PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

py() # PROGRAM [ARGUMENT]...
{
    program=$1
    shift
    "$python" -c "import sys
import numpy as np
import pixelgan as pg
$program" "$@"
}

# Standard input to standard output.
through='with pg.Writer(sys.stdout.buffer) as out:
    for chunk in pg.chunks("-"):
        out.write(chunk)'

pg-encode -q -m digits.safetensors --pass image,label --nll test.npy >all.npy
pg-encode -q -m digits.safetensors --pass image,label --nll test.npy | cat >piped.npy

ok "a file: what NumPy reads" py 'assert (pg.read("all.npy") == np.load("all.npy")).all()'
ok "a chunked stream: the same" py 'assert (pg.read("piped.npy") == pg.read("all.npy")).all()'
ok "by a pipe" sh -c 'cat piped.npy | "$@"' sh "$python" -c \
    'import pixelgan; assert len(pixelgan.read("-")) == 700'
ok "bytes, and an open file" py 'data = open("piped.npy", "rb").read()
assert (pg.read(data) == pg.read(open("all.npy", "rb"))).all()'
ok "array by array" py 'sizes = [len(chunk) for chunk in pg.chunks("piped.npy")]
assert sizes[0] == 0 and len(sizes) > 2 and sum(sizes) == 700, sizes'
ok "both, one after the other" sh -c 'cat all.npy piped.npy piped.npy | "$@"' sh "$python" -c \
    'import pixelgan; assert len(pixelgan.read("-")) == 2100'
py 'data = open("piped.npy", "rb").read()
end = 10 + int.from_bytes(data[8:10], "little")
text = data[10:end].split(b"\x27chunked")[0] + b"(0,), }" + 128 * b" " + b"\n"
sys.stdout.buffer.write(data[:8] + len(text).to_bytes(2, "little") + text + data[end:])' >named.npy
ok "opened by an array that ends in blanks" py 'assert (pg.read("named.npy") == pg.read("all.npy")).all()'
ok "padding" sh -c '{ cat piped.npy; head -c 5000 /dev/zero; cat all.npy; head -c 99 /dev/zero; } | "$@"' \
    sh "$python" -c 'import pixelgan; assert len(pixelgan.read("-")) == 1400'
for count in 0 1 700; do
    pg-prep -q --limit $count all.npy >some.npy 2>/dev/null || pg-encode -q -m digits.safetensors none.npy >some.npy
    py 'pg.write("same.npy", pg.read("some.npy"))'
    ok "$count examples: what is written is what the tools write" py \
        'a, b = np.load("same.npy"), np.load("some.npy"); assert a.dtype == b.dtype and (a == b).all()'
    pg-prep -q same.npy >again.npy
    pg-prep -q some.npy >tools.npy
    ok "$count examples: the tools read it" cmp again.npy tools.npy
done
py "$through" <piped.npy >again
pg-prep -q -o again.npy again
ok "through a pipe of Python" cmp again.npy tools.npy
py "$through" <none.npy >again
ok "which NumPy refuses to take for an array" py '
try:
    np.load("again")
except ValueError as error:
    assert "chunked" in str(error), error
else:
    raise SystemExit("it was read")'
ok "without examples, too" py 'assert len(pg.read("again")) == 0; assert "image" in pg.read("again").dtype.names'
ok "which the tools read" pg-prep -q -o nothing.npy again

ok "fields in any order, of other types" py '
odd = np.zeros(3, [("nll", ">f8"), ("code", "<f8", (2,)), ("label", "u1"), ("image", "u1", (4, 5))])
odd["nll"], odd["code"], odd["label"], odd["image"] = [1, 2, 3], 0.5, [7, 0, 255], 9
np.save("odd.npy", odd)
got = pg.read("odd.npy")
assert got.dtype == [("image", "u1", (4, 5, 1)), ("label", "<i4"), ("code", "<f4", (2,)), ("nll", "<f4")]
for name in got.dtype.names:
    assert (got[name].ravel() == odd[name].ravel()).all(), name'
ok "plain arrays" py '
for a, name in ((np.arange(24, dtype="u1").reshape(2, 3, 4), "image"), (np.eye(3), "code"),
                (np.zeros((0, 3, 4, 2), "u1"), "image")):
    np.save("plain.npy", a)
    got = pg.read("plain.npy")
    assert got.dtype.names == (name,) and (got[name].ravel() == a.ravel()).all() and len(got) == len(a)
    pg.write("plain.npy", a)
    assert (pg.read("plain.npy") == got).all()'
for version in 1 2 3; do
    ok "format version $version.0" py 'with open("version.npy", "wb") as file:
    np.lib.format.write_array(file, np.load("all.npy"), version=(int(sys.argv[1]), 0))
assert len(pg.read("version.npy")) == 700' $version
done
ok "records of arrays" py 'a = pg.records(image=np.zeros((2, 4, 5), "u1"), label=[3, -1], code=[[1, 2, 3], [4, 5, 6]], nll=[1, 2])
pg.write("records.npy", a)
assert a["nll"].dtype == "f4" and a["code"].shape == (2, 3) and a["image"].shape == (2, 4, 5, 1)'
like "$(pg-prep -v records.npy 2>&1 >out.npy)" "2 examples of image 4x5x1, label, code of 3, nll" \
    "which the tools read"
py 'pg.write("-", pg.read("records.npy"))' | pg-prep -q -o again.npy
ok "from standard output, too" cmp out.npy again.npy

# refused PATTERN NAME PROGRAM: with a message that matches
refused()
{
    py "$3" >out 2>err
    is "$?" 1 "$2"
    like "$(tail -n 1 err)" "^pixelgan\.StreamError: .*$1" "$2: the message"
}
head -c 30000 all.npy >cut.npy
size=$(($(wc -c <piped.npy) - 300))
head -c $size piped.npy >cut-piped.npy
"$python" - <<'PYTHON'
import pixelgan, numpy
data = open('piped.npy', 'rb').read()
open('unended.npy', 'wb').write(data[:data.rindex(b'\x93NUMPY')])
numpy.save('floats.npy', numpy.zeros((2, 3, 4)))
numpy.save('objects.npy', numpy.array([None, {}], object), allow_pickle=True)
numpy.save('fortran.npy', numpy.asfortranarray(numpy.zeros((2, 3, 4), 'u1')))
numpy.save('square.npy', numpy.zeros((2, 2), [('label', 'i4')]))
PYTHON
refused "truncated at byte 30000" "a truncated file" 'pg.read("cut.npy")'
refused "truncated at byte $size" "a truncated pipe" 'pg.read("cut-piped.npy")'
refused "ends a chunked stream is missing" "a pipe whose writer failed" 'pg.read("unended.npy")'
refused "is empty" "nothing" 'pg.read(b"")'
refused "found 50 35 20 38.*pg-prep" "a picture" 'pg.read(b"P5 8 9 255\n")'
refused "found .. .. .. .. where an array has to start" "something behind an array" \
    'pg.read(open("all.npy", "rb").read() + b"more")'
refused "no whole header" "half a header" 'pg.read(open("all.npy", "rb").read(40))'
refused "other fields" "streams of different kinds" \
    'pg.read(open("all.npy", "rb").read() + open("test.npy", "rb").read())'
refused "images are bytes" "images of floats" 'pg.read("floats.npy")'
refused "Python objects" "objects" 'pg.read("objects.npy")'
refused "Fortran" "Fortran order" 'pg.read("fortran.npy")'
refused "in a row" "a table of records" 'pg.read("square.npy")'
refused "from 0" "a label below -1" 'pg.records(label=[0, -2])'
refused "32 bits" "a label of 40 bits" 'pg.records(label=[0, 1 << 40])'
refused "32 bits" "a code beyond floats" 'pg.records(code=[[1e300]])'
refused "one length" "fields of different lengths" 'pg.records(label=[1], code=[[1.0], [2.0]])'
refused "one length" "no field" 'pg.records()'
refused "it has to be bytes" "images of integers" 'pg.records(image=np.zeros((2, 3, 4), int))'
refused "no examples" "a writer without fields" 'pg.Writer(sys.stdout.buffer).close()'
refused "other fields" "a writer of two kinds" 'out = pg.Writer(sys.stdout.buffer)
out.write(pg.records(label=[1]))
out.write(pg.records(code=[[1.0]]))'

ok "damaged headers are refused, whatever is wrong with them" py '
import random, warnings
warnings.simplefilter("ignore")
start, chance = open("piped.npy", "rb").read(), random.Random(1)
refused = 0
for i in range(3000):
    data = bytearray(start)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(6, 200)
        data[at] = chance.choice([chance.randrange(256), *b"0123(){}[],:|<>fiuVO "])
    try:
        pg.read(bytes(data))
    except pg.StreamError:
        refused += 1
assert refused > 1000, refused'
cp all.npy kept.npy
refused "it has to be" "what cannot be written" \
    'pg.write("kept.npy", np.zeros(3, [("image", "f4", (2, 2))]))'
ok "leaves the file that was there" cmp all.npy kept.npy
py 'with pg.Writer(sys.stdout.buffer) as out:
    out.write(pg.records(label=[1, 2]))
    raise SystemExit(1)' >left
fails 1 "left: truncated" "what an exception left is no stream" pg-prep -q -o never.npy left
ok "nothing else is left" sh -c '! ls -A | grep "^.pixelgan"'
ok "PyTorch is not looked for" py 'assert "torch" not in sys.modules'
ok "the version is the tools'" py 'import subprocess
assert pg.__version__ in subprocess.run(["pg-prep", "--version"], capture_output=True, text=True).stdout'
ok "a model is read with NumPy alone" py 'model = pg.load("classes.safetensors")
assert model.image_shape == (8, 9, 1) and model.code_size == 5 and model.prior_name == "categorical"
assert model.labels().tolist() == [7, 3, 5, 1, 0]
assert model.tensors["encoder.conv1.weight"].shape == (5, 5, 1, 4)
assert pg.load("none.safetensors").labels() is None'
for damage in "head -c 20" "head -c 5000" "tail -c +2" "sed s/format_version/format_Version/" \
    "sed 's/\"format_version\":\"1\"/\"format_version\":\"2\"/'"; do
    eval "$damage" <classes.safetensors >damaged.safetensors
    py 'pg.load("damaged.safetensors")' 2>err
    like "$(tail -n 1 err)" "^pixelgan.ModelError: damaged.safetensors: (not a model|truncated|safeten|model format)" \
        "a damaged model: $damage"
done
ok "damaged models are refused, whatever is wrong with them" py '
import random
start, chance = open("classes.safetensors", "rb").read(), random.Random(1)
length = int.from_bytes(start[:8], "little")
for i in range(2000):
    data = bytearray(start)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(0, length)
        data[at] = chance.choice([chance.randrange(256), *b"0123()[]{},:-\"eF"])
    with open("damaged.safetensors", "wb") as file:
        file.write(data)
    try:
        model = pg.load("damaged.safetensors")
        model.labels(), model.code_size, model.image_shape
    except pg.ModelError:
        pass'
done_testing
