# Plain arrays of any layout and type of number: read right, with a word on what was assumed, or
# refused with what to do.
. "$srcdir/tests/tap.sh"
need_python numpy
cd "$work" || exit 99

cat >make.py <<'END'
import numpy as np
rng = np.random.default_rng(1)
rgb = rng.integers(0, 256, (600, 20, 16, 3), dtype='u1')
rgb[0, 0, 0] = 0, 255, 7
np.save('rgb.npy', rgb)
first = np.ascontiguousarray(rgb.transpose(0, 3, 1, 2))
np.save('first.npy', first)
np.save('first-floats.npy', (first / 255).astype('>f4'))
grey = rgb[..., 0]
np.save('grey.npy', grey)
np.save('grey-first.npy', grey[:, None])
for name, values in {
        'unit': grey / 255, 'signed': grey / 127.5 - 1, 'bytes': grey.astype('f8'),
        'short': grey.astype('>i2'), 'long': grey.astype('i8'), 'unsigned': grey.astype('>u4'),
        'single': (grey / 255).astype('f4')}.items():
    np.save(f'{name}.npy', values)
np.save('truth.npy', grey > 127)
np.save('mask.npy', (grey > 127).astype('u1'))
np.save('mask-long.npy', (grey > 127).astype('i8'))
np.save('sixteen.npy', np.round(grey / 255 * 16))
np.save('sixteen-bytes.npy', np.round(grey / 255 * 16).astype('u1'))
np.save('standard.npy', (grey - grey.mean()) / grey.std())
late = grey / 255
late[550, 3, 3] = -0.25
np.save('late.npy', late)
late[550, 3, 3] = np.nan
np.save('nan.npy', late)
np.save('one.npy', rgb[0])
np.save('one-first.npy', first[0])
np.save('one-grey.npy', grey[0])
np.save('three.npy', grey[:3])
np.save('tiny.npy', rgb[:, :3, :3])
np.save('digits.npy', np.round(grey[:, :8, :8] / 255 * 16))
np.save('ten.npy', np.zeros((5, 10, 12, 8), 'u1'))
END
cat >check.py <<'END'
import sys
import numpy as np
got, expression = np.load(sys.argv[1])['image'], sys.argv[2]
rgb = np.load('rgb.npy')
grey = rgb[..., :1]
want = eval(expression)
assert got.shape == want.shape, (got.shape, want.shape)
assert (got == want).all()
END
"$python" make.py || exit 99

reads() # FILE EXPRESSION SAID OPTION...: the images are those, and that is said
{
    name=$1 want=$2 said=$3
    shift 3
    pg-prep "$@" "$name.npy" -o got.npy 2>err
    ok "$name${1:+ $*}: the images" "$python" check.py got.npy "$want"
    like "$(cat err)" "$said" "$name${1:+ $*}: what is said"
}

quiet='^pg-prep: [0-9]+ (example|image)s?[^;]*$'
reads rgb rgb "$quiet"
reads first rgb 'first.npy: an array of shape \(600, 3, 20, 16\) is read as 600 images of 20x16x3 .--layout nchw.*--layout nhwc'
reads first rgb "$quiet" --layout nchw
reads first-floats rgb 'values are taken as 0 .black. to 1 .white.'
reads grey grey "$quiet"
reads grey-first grey 'read as 600 images of 20x16x1'
for name in unit single; do reads $name grey 'values are taken as 0 .black. to 1 .white.'; done
reads signed grey 'values are taken as -1 .black. to 1 .white.'
for name in bytes short long unsigned; do reads $name grey "$quiet"; done
for name in truth mask-long; do
    reads $name '(grey > 127) * np.uint8(255)' 'values are taken as 0 .black. to 1 .white.'
done
reads mask '(grey > 127).astype("u1")' 'warning: mask.npy: no value is above 1, so.*--values 0..1'
reads mask '(grey > 127) * np.uint8(255)' "$quiet" --values 0..1
reads sixteen 'np.floor(np.round(grey / 255 * 16) * 255 / 16 + .5)' "$quiet" --values 0..16
reads sixteen-bytes 'np.round(grey / 255 * 16).astype("u1")' 'warning: .*no value is above 16.*--values 0..16'
reads sixteen-bytes 'np.floor(np.round(grey / 255 * 16) * 255 / 16 + .5)' "$quiet" --values 0..16
reads one 'rgb[:1]' 'one.npy: an array of shape .20, 16, 3. is read as 1 image of 20x16x3'
reads one 'rgb[:1]' "$quiet" --layout hwc
reads one-first 'rgb[:1]' "$quiet" --layout chw
reads one-first 'rgb[0].transpose(2, 0, 1)[..., None]' 'read as 3 images of 20x16x1 .--layout nhw.*--layout chw'
reads one-grey 'grey[:1]' "$quiet" --layout hw
reads three 'grey[:3]' 'read as 3 images of 20x16x1'
reads three 'grey[:3]' "$quiet" --layout nhw
reads tiny 'rgb[:, :3, :3]' "$quiet" --layout nhwc
cat rgb.npy first.npy | pg-prep -q -o got.npy
ok "layouts one after the other" "$python" check.py got.npy "np.concatenate([rgb, rgb])"
pg-prep -q first.npy --grey --resize 10x8 -o got.npy && pg-prep -q rgb.npy --grey --resize 10x8 -o want.npy
ok "with other options" cmp got.npy want.npy
gzip -k first-floats.npy && pg-prep -q first-floats.npy.gz -o got.npy
ok "compressed" "$python" check.py got.npy rgb
pg-prep -q --shuffle --keep-labels 2 --labels /dev/stdin unit.npy -o got.npy <<END
$(awk 'BEGIN { for (i = 0; i < 600; i++) print i % 2 }')
END
is $? 0 "and in two passes"

refuses() # PATTERN FILE OPTION...
{
    pattern=$1
    shift
    fails 1 "$pattern" "refused: $*" pg-prep -o /dev/null "$@"
}
refuses "channels first or last; say so with 'pg-prep --layout nchw' or 'pg-prep --layout nhwc'" tiny.npy
refuses "ten.npy: .*channels first or last" ten.npy
refuses "values from 0 to 16 are none of .*--values 0..16" digits.npy
refuses "values from -[0-9.]* to [0-9.]* are none of .*--values -" standard.npy
refuses "late.npy: example 550 has the value -0.25, outside of 0..1" late.npy
refuses "nan.npy: example 550 has a value that is no number" nan.npy
refuses "sixteen.npy: example 0 has the value .*outside of 0..2, the values given" --values 0..2 sixteen.npy
refuses "4 dimensions, not those of --layout nhw" --layout nhw first.npy
refuses "one-grey.npy: .*'pg-prep --layout hw' makes one|values from" one-grey.npy
refuses "records tell their layout" --layout nhwc got.npy
refuses "records tell their layout" --values 0..16 got.npy
printf 'P5 2 2 255 abcd' >picture.pgm
refuses "picture.pgm: is read as pnm, which tells its layout" --values 0..16 picture.pgm
for bad in 1..0 0..0 1 ..1 0.. a..b 0..nan; do
    fails 2 "--values" "no range: $bad" pg-prep --values $bad grey.npy
done
fails 2 "--layout: 'whc' is not nhw" "no layout" pg-prep --layout whc grey.npy

# The other tools take bytes with channels last, and name what makes such of others.
for name in first one; do
    fails 1 "$name.npy: an array of shape .* looks like .*'pg-prep FILE' makes a stream of it" \
        "pg-train and $name" pg-train -e 1 -o model $name.npy
done
fails 1 "'pg-prep FILE' makes some of numbers" "pg-train and floats" pg-train -e 1 -o model unit.npy

# Labels: as many as images.
awk 'BEGIN { for (i = 0; i < 599; i++) print i % 2 }' >few.txt
fails 1 "few.txt: 599 labels, and unit.npy has 600 images" "a label too few" \
    pg-prep --labels few.txt unit.npy -o /dev/null
awk 'BEGIN { for (i = 0; i < 700; i++) print i % 2 }' >many.txt
fails 1 "many.txt: 700 labels, and unit.npy has 600 images" "labels too many" \
    pg-prep --labels many.txt unit.npy -o /dev/null
done_testing
