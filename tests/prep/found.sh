# Files as they are found: padded, with something behind them, larger than a stream has images.
. "$srcdir/tests/tap.sh"
in=$work/in
mkdir "$in" && "$builddir/tests/prep/fixtures" "$in" || exit 99
cd "$work" || exit 99

# after FILE NAME: FILE and what comes from standard input, as NAME.
after() { cat "$in/$1" - >"$2"; }
zeros() { head -c "$1" /dev/zero; }
# lines ARGUMENT...: what pg-prep says
lines() { pg-prep -o out "$@" 2>&1; }
rest() { tail -n 1 | sed 's/^pg-prep: //'; }
same() # NAME ARGUMENT...: the same stream as from the file as it was, and two lines
{
    pg-prep -q -o expected "$1"
    shift
    is "$(lines "$@" | wc -l)" 2 "one line and a warning: $*"
    ok "the same images: $*" cmp out expected
}

zeros 500 | after good-rgb.png padded.png
same "$in/good-rgb.png" padded.png
is "$(lines padded.png | rest)" "warning: padded.png: 500 zeros after an image were padding and left out" \
    "PNG and zeros"
echo "taken on a Sunday" | after good-rgb.png note.png
same "$in/good-rgb.png" note.png
is "$(lines note.png | rest)" "warning: note.png: 18 bytes after the PNG image were left out (plain text)" \
    "PNG and a note"
same "$in/good-rgb.png" - <note.png
is "$(lines - <note.png | rest)" \
    "warning: standard input: 18 bytes after the PNG image were left out (plain text)" "in a pipe"
is "$(lines -q note.png)" "" "nothing is said with -q"
cat padded.png note.png >two.png
is "$(lines two.png | head -n 1)" "pg-prep: 2 examples of image 4x3x3" "padding between two PNGs"
mkdir -p pictures/a
for i in 1 2 3; do cp note.png pictures/a/$i.png; done
note="18 bytes after the PNG image were left out (plain text)"
is "$(lines pictures | grep warning)" "pg-prep: warning: pictures/a/1.png: $note
pg-prep: warning: pictures/a/2.png: $note
pg-prep: warning: pictures/a/3.png: $note" "in a folder"
is "$(lines note.png padded.png "$in/good-rgb.png" | grep warning)" "pg-prep: warning: note.png: $note
pg-prep: warning: padded.png: 500 zeros after an image were padding and left out" "of several files"
for i in $(seq 10 20); do cp note.png pictures/a/$i.png; done
is "$(lines pictures | grep -c "$note")" 10 "of many in a folder, ten are named"
is "$(lines pictures | rest)" \
    "warning: and 4 more files have something after their data, which was left out" "and the rest counted"

for name in good-images.idx good-stream.pgm good-array.npy good-cifar.bin; do
    zeros 100 | after $name padded-$name
    same "$in/$name" padded-$name
    like "$(lines padded-$name | rest)" "^warning: padded-$name: 100 zeros after .* were padding" "$name and zeros"
    echo word | after $name word-$name
    fails 1 "^pg-prep: word-$name: " "$name and a word" pg-prep -q -o none word-$name
    zeros 100 | after $name both-$name
    echo word >>both-$name
    fails 1 "^pg-prep: both-$name: " "$name, zeros and a word" pg-prep -q -o none both-$name
done
ok "leave no output" test ! -e none
gzip -c "$in/good-images.idx" | cat - /dev/null >a.gz
zeros 512 >>a.gz
is "$(lines a.gz)" "pg-prep: 12 examples of image 4x3x1" "zeros after gzip data are usual"
{ head -c 50 "$in/good-images.idx" | gzip; tail -c +51 "$in/good-images.idx" | gzip; } >members.gz
ok "gzip in two members" pg-prep -q -o out members.gz
pg-prep -q -o expected "$in/good-images.idx"
ok "has all" cmp out expected

# Labels.
{ cat "$in/good-labels.txt"; printf '\n\n'; } >labels
is "$(lines --labels labels "$in/good-images.idx" | wc -l)" 1 "blank lines after labels"
zeros 512 >>labels
like "$(lines --labels labels "$in/good-images.idx" | rest)" "^warning: labels: 512 zeros after the labels" \
    "zeros after labels"
zeros 3 | after good-labels.idx labels.idx
like "$(lines --labels labels.idx "$in/good-images.idx" | rest)" "^warning: labels.idx: 3 zeros" \
    "zeros after IDX labels"
printf '\357\273\277' | cat - "$in/good-labels.txt" >marked
is "$(lines --labels marked "$in/good-images.idx" | wc -l)" 1 "a mark of UTF-8 before labels"
sed 's/^1$/\n1/' "$in/good-labels.txt" >gap
fails 1 "gap: line [0-9]* is ''" "a blank line among labels" \
    pg-prep -q -o none --labels gap "$in/good-images.idx"

# Streams: all tools pass over padding, and say so once.
pg-prep -q -o data.npy "$in/good-images.idx"
zeros 64 | cat data.npy - >padded.npy
pg-prep -q data.npy | cat - data.npy >more.npy
zeros 7 >>more.npy
small="-j 1 -e 1 --set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set batch=8 --prior categorical:3"
# shellcheck disable=SC2086
pg-train -q $small -o model data.npy || exit 99
# shellcheck disable=SC2086
like "$(pg-train $small -o out padded.npy 2>&1)" "warning: padded.npy: 64 zeros after an array" "pg-train"
like "$(pg-encode -j 1 -m model -o out padded.npy 2>&1)" "warning: padded.npy: 64 zeros" "pg-encode"
like "$(pg-classify -j 1 -m model -o out - <padded.npy 2>&1)" "warning: standard input: 64 zeros" \
    "pg-classify"
like "$(pg-sample -j 1 -m model --reconstruct padded.npy --npy -o out 2>&1)" \
    "warning: padded.npy: 64 zeros" "pg-sample"
like "$(lines more.npy | tail -n 1)" "warning: more.npy: 7 zeros" "zeros after a chunked stream and an array"

# Larger than a stream has them.
printf 'P5\n5000 2\n255\n' >wide.pgm
head -c 10000 /dev/zero >>wide.pgm
cp "$in/good-wide.png" wide.png
limit="images of 2 x 5000 x 1; sides are 1 to 4096.*'pg-prep --resize HxW'"
for file in wide.pgm wide.png; do
    fails 1 "^pg-prep: $file: $limit" "$file" pg-prep -q -o none $file
    ok "$file, made smaller" pg-prep -q --resize 2x50 -o out $file
done
fails 1 "bad-wide.png: images of 1 x 40000 x 1; sides are 1 to 32768" "wider than can be made smaller" \
    pg-prep -q --resize 2x50 -o none "$in/bad-wide.png"
for size in 20000 2147483647; do
    printf 'P5\n%s %s\n255\n' $size $size >huge.pgm
    fails 1 "^pg-prep: huge.pgm: .*sides are 1 to 32768, .*268435456 bytes" "a PGM of $size x $size" \
        pg-prep -q --resize 2 -o none huge.pgm
done
fails 2 "resize" "--resize beyond a stream" pg-prep --resize 5000 wide.pgm
done_testing
