# pg-sample: what comes out, that it is reproducible, and what it refuses.
. "$srcdir/tests/tap.sh"

make_model()
{
    "$builddir/tests/sample/make-model" "$@" || exit 99
}

model=$work/categorical.safetensors
make_model "$model" categorical:3 8 1 1
make_model "$work/plane.safetensors" gaussian:2 8 1 2
make_model "$work/colour.safetensors" mixture:4 6 3 3
make_model "$work/plain.safetensors" none 8 1 4

sample()
{
    pg-sample -q -m "$model" "$@"
}

# header FILE: kind and size of a PNM image, in one line.
header()
{
    head -n 2 "$1" | tr '\n' ' ' | sed 's/ $//'
}

# Sheets. Tiles are 8 x 8 with gaps of 2.
sample >"$work/sheet.pgm"
is "$(header "$work/sheet.pgm")" "P5 98 98" "100 images, 10 x 10"
sample -n 5 >"$work/five.pgm"
is "$(header "$work/five.pgm")" "P5 28 18" "5 images in 2 rows of 3"
sample --grid 3x4 >"$work/grid.pgm"
is "$(header "$work/grid.pgm")" "P5 38 28" "a grid of 3 rows of 4"
pg-sample -q -m "$work/colour.safetensors" --grid 2x4 >"$work/colour.ppm"
is "$(header "$work/colour.ppm")" "P6 30 14" "colour is PPM"
pg-sample -q -m "$work/plane.safetensors" --manifold 5 >"$work/manifold.pgm"
is "$(header "$work/manifold.pgm")" "P5 48 48" "a manifold of 5 x 5"
pg-sample -q -m "$work/plain.safetensors" -n 4 >"$work/plain.pgm"
is "$(header "$work/plain.pgm")" "P5 18 18" "a model without code"
sample -n 4 -o "$work/named.png"
is "$(head -c 4 "$work/named.png" | tail -c 3)" "PNG" "PNG by its name"
sample -n 5 -o "$work/named.pgm"
ok "a named sheet is the one on standard output" cmp "$work/named.pgm" "$work/five.pgm"

pg-sample -q -m - -n 5 <"$model" >"$work/again.pgm"
ok "the model from standard input" cmp "$work/again.pgm" "$work/five.pgm"
sample -n 2000 --each 2>"$work/message" | head -c 10 >/dev/null
is "$(cat "$work/message")" "" "no message where the reader leaves"

# Reproducible.
for threads in 1 3; do
    sample -j $threads >"$work/again.pgm"
    ok "the same with -j $threads" cmp "$work/sheet.pgm" "$work/again.pgm"
done
sample -s 0 >"$work/again.pgm"
ok "seed 0 is the default" cmp "$work/sheet.pgm" "$work/again.pgm"
sample -s 1 >"$work/other.pgm"
ok "another seed, other images" test "$(cksum <"$work/other.pgm")" != "$(cksum <"$work/sheet.pgm")"
sample --temperature 0.2 >"$work/other.pgm"
ok "temperature matters" test "$(cksum <"$work/other.pgm")" != "$(cksum <"$work/sheet.pgm")"
sample --mean >"$work/other.pgm"
ok "so does --mean" test "$(cksum <"$work/other.pgm")" != "$(cksum <"$work/sheet.pgm")"

# Single images.
sample -n 12 --each >"$work/frames.pgm"
sample -n 12 --each -o "$work/frame-%03d.pgm"
cat "$work"/frame-0*.pgm >"$work/joined.pgm"
ok "numbered files are the frames of the stream" cmp "$work/frames.pgm" "$work/joined.pgm"
is "$(printf '%s\n' "$work"/frame-*.pgm | wc -l | tr -d ' ')" 12 "one file an image"
ok "numbers start at 0" test -f "$work/frame-000.pgm" -a -f "$work/frame-011.pgm"
sample -n 1 >"$work/one.pgm"
ok "a sheet of one image is that image" cmp "$work/one.pgm" "$work/frame-000.pgm"

# Streams: what was drawn can be drawn again from its codes, kept, and completed.
sample -n 150 --npy >"$work/drawn.npy"
sample --codes "$work/drawn.npy" -n 100 >"$work/again.pgm"
ok "the same codes and seed draw the same images" cmp "$work/sheet.pgm" "$work/again.pgm"
sample -n 150 --npy | sample --codes - --npy >"$work/again.npy"
ok "also through pipes" cmp "$work/drawn.npy" "$work/again.npy"
for category in 0 1 2; do
    sample -n 1 --category $category --npy >"$work/code-$category.npy"
done
cat "$work/code-0.npy" "$work/code-1.npy" "$work/code-2.npy" >"$work/codes.npy"
sample --grid 3x1 >"$work/grid.pgm"
sample --codes "$work/codes.npy" --grid 3x1 >"$work/again.pgm"
ok "a grid has a category a row" cmp "$work/grid.pgm" "$work/again.pgm"
sample --grid 2x3 >"$work/grid.pgm"
cat "$work/codes.npy" "$work/codes.npy" | sample --codes - --grid 2x3 >"$work/again.pgm"
ok "or a column, where those are as many" cmp "$work/grid.pgm" "$work/again.pgm"
cat "$work/code-2.npy" "$work/code-0.npy" >"$work/chosen.npy"
sample --category 2,0 --grid 2x1 >"$work/grid.pgm"
sample --codes "$work/chosen.npy" --grid 2x1 >"$work/again.pgm"
ok "chosen categories have a row each" cmp "$work/grid.pgm" "$work/again.pgm"
sample --category 2,0 -n 2 --npy >"$work/turns.npy"
sample --codes "$work/chosen.npy" --npy >"$work/again.npy"
ok "or take turns" cmp "$work/turns.npy" "$work/again.npy"
# Names of the examples given, each for all of its images.
mkdir "$work/named"
for i in 1 2 3; do
    { echo 'P2 8 8 255'; awk -v i=$i 'BEGIN { for (k = 0; k < 64; k++) print k * i }'; } >"$work/named/$i.pgm"
done
pg-prep -q "$work/named" | sample --reconstruct - --repeat 2 --npy >"$work/again.npy"
is "$(grep -a -o '[123]\.pgm' "$work/again.npy" | tr '\n' ' ')" "1.pgm 1.pgm 2.pgm 2.pgm 3.pgm 3.pgm " \
    "names are passed on"
sample --complete "$work/drawn.npy" --rows 8 -n 100 >"$work/again.pgm"
ok "with all rows given nothing is drawn" cmp "$work/sheet.pgm" "$work/again.pgm"
sample --complete "$work/drawn.npy" --rows 4 -n 100 -s 9 >"$work/half.pgm"
is "$(head -c 405 "$work/half.pgm" | cksum)" "$(head -c 405 "$work/sheet.pgm" | cksum)" \
    "the first rows are kept"
ok "the others are not" test "$(cksum <"$work/half.pgm")" != "$(cksum <"$work/sheet.pgm")"
sample --reconstruct "$work/drawn.npy" -n 7 >"$work/pairs.pgm"
is "$(header "$work/pairs.pgm")" "P5 38 38" "7 pairs in 4 columns"
sample --reconstruct "$work/drawn.npy" --grid 3x2 --rows 1 2>/dev/null
is $? 2 "--rows is for --complete"
sample --reconstruct "$work/drawn.npy" -n 3 --each >"$work/pairs.pgm"
is "$(header "$work/pairs.pgm")" "P5 16 8" "a pair is one image"
pg-sample -q -m "$work/plane.safetensors" -n 30 --npy >"$work/plane.npy"
pg-sample -q -m "$work/plain.safetensors" -n 30 --npy >"$work/images.npy"
pg-sample -q -m "$work/plane.safetensors" --reconstruct "$work/images.npy" >"$work/pairs.pgm"
is "$(header "$work/pairs.pgm")" "P5 78 78" "the encoder finds codes where the stream has none"
pg-sample -q -m "$work/plane.safetensors" --complete "$work/images.npy" --rows 3 >"$work/half.pgm"
is "$(header "$work/half.pgm")" "P5 58 48" "also for images to complete"

# Refusals.
fails 2 "no model" "no model" pg-sample
fails 1 "missing.safetensors" "a model that is not there" pg-sample -m "$work/missing.safetensors"
fails 1 "" "a model that is none" pg-sample -m "$work/sheet.pgm"
fails 2 "no operand" "an operand" sample file.npy
fails 2 "only one of --codes" "two origins" sample --codes a --manifold 3
fails 2 "only one of --codes" "two streams" sample --codes a --reconstruct b
fails 2 "--category is for codes from the prior" "category of a stream" sample --codes a --category 1
fails 2 "go together" "--complete without --rows" sample --complete a
fails 2 "only one of --each and --npy" "two forms" sample --each --npy
fails 2 "--grid is a sheet's" "grid of single images" sample --each --grid 2x2
fails 2 "--grid has 4 tiles, too few for -n 5" "too small a grid" sample --grid 2x2 -n 5
fails 2 "even number of columns" "half a pair" sample --reconstruct a --grid 2x3
fails 2 "no place for a number" "one name for all images" sample --each -o "$work/x.png"
fails 2 "no place for a number" "a name that is no good" sample --each -o "$work/%s-%d.png"
fails 2 "--count" "no image" sample -n 0
fails 2 "--temperature" "temperature 0" sample --temperature 0
fails 2 "--grid" "a grid of no rows" sample --grid 0x3
fails 1 "category 3, but the model's are 0 to 2" "no such category" sample --category 3
fails 1 "no categories" "no categories at all" \
    pg-sample -m "$work/plane.safetensors" --category 0
fails 1 "not a point of the plane" "no manifold of categories" sample --manifold 3
fails 1 "codes of 2 components, but those of .* have 3; encode the images with 'pg-encode -m " "codes of another model" \
    sample --codes "$work/plane.npy"
fails 1 "there are no codes" "no codes" sample --codes "$work/images.npy"
fails 1 "images are 8x8x1, those of .* are 6x6x3; 'pg-prep --resize 6x6 --rgb' makes" "images of another shape" \
    pg-sample -m "$work/colour.safetensors" --reconstruct "$work/images.npy"
fails 1 "8 rows|images have 8" "more rows than there are" \
    sample --complete "$work/drawn.npy" --rows 9
head -c 3000 "$work/drawn.npy" >"$work/cut.npy"
fails 1 "" "a stream cut off" sample --codes "$work/cut.npy"
fails 1 "too large" "too large a sheet" sample -n 100000000
fails 1 "none/x.png: cannot" "a folder that is not there" sample -n 1 -o "$work/none/x.png"
is "$(ls "$work" | grep -c '\.png\.\|\.npy\.')" 0 "no unfinished output is left"
if [ -c /dev/full ]; then
    fails 1 "cannot write" "a full disk" sh -c "pg-sample -q -m '$model' --npy >/dev/full"
    fails 1 "cannot write" "a full disk, sheet" sh -c "pg-sample -q -m '$model' >/dev/full"
fi
done_testing
