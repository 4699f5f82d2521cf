# Folders: only regular files are opened in them, and what number a class has is said.
. "$srcdir/tests/tap.sh"

picture() # FILE...: in folders that need not be there
{
    for file; do
        mkdir -p "$(dirname "$file")" && printf 'P2 2 2 255 0 255 255 0\n' >"$file"
    done
}

messages() # ARGUMENT...: what pg-prep says
{
    pg-prep "$@" 2>&1 >"$work/out.npy" | sed 's/^pg-prep: //'
}

# A FIFO that somebody waits to write to: opened, it would let the writer go.
in=$work/special
picture "$in/ant/a.pgm" "$in/bee/b.pgm"
mkfifo "$in/ant/pipe.pgm" "$in/beside"
: >"$in/README"
(: >"$in/ant/pipe.pgm") &
writer=$!
is "$(messages "$in")" "classes: 0 ant, 1 bee
2 examples of image 2x2x1, label, name, class; 0: 1, 1: 1
warning: $in/beside: passed over, it is a FIFO
warning: $in/ant/pipe.pgm: passed over, it is a FIFO
warning: 1 file beside class folders was passed over: $in/README" \
    "FIFOs among pictures and beside classes are passed over and named"
ok "and not opened" kill -0 $writer
kill $writer
is "$(messages -q "$in")" "" "quietly, if asked"
mkdir "$work/only" && mkfifo "$work/only/pipe.pgm"
(: >"$work/only/pipe.pgm") &
writer=$!
fails 1 "pipe.pgm.*FIFO" "a folder of nothing else" pg-prep "$work/only"
kill $writer
ln -s nothing "$in/bee/gone.pgm"
fails 1 "bee/gone.pgm: is a link to something that is not there" "a link to nothing" pg-prep "$in"
rm "$in/bee/gone.pgm" && ln -s round.pgm "$in/bee/round.pgm"
fails 1 "bee/round.pgm: is a link" "a link to itself" pg-prep "$in"
rm "$in/bee/round.pgm" && ln -s /dev/zero "$in/bee/zero.pgm"
like "$(messages "$in")" "bee/zero.pgm: passed over, it is a device" "a device"
ln -s ../ant/a.pgm "$in/bee/link.pgm"
like "$(messages "$in")" "^3 examples" "a link to a picture is one"
ln -s .. "$in/ant/up"
like "$(messages "$in")" "passed over: .*/ant/up" "a link to a folder above"

# What a user names is opened, whatever it is.
cat "$in/ant/a.pgm" >"$in/ant/pipe.pgm" &
is "$(messages "$in/ant/pipe.pgm")" "1 example of image 2x2x1" "a FIFO by its name"
wait
is "$(messages - <"$in/ant/a.pgm")" "1 example of image 2x2x1" "standard input"
is "$(cat "$in/ant/a.pgm" | messages /dev/stdin)" "1 example of image 2x2x1" "/dev/stdin"

# The second folder's numbers.
picture "$work/train/ant/a.pgm" "$work/train/bee/a.pgm" "$work/train/cat/a.pgm" \
    "$work/test/ant/a.pgm" "$work/test/cat/a.pgm"
first="classes: 0 ant, 1 bee, 2 cat"
is "$(messages --classes-to "$work/names" "$work/train")" "$first
3 examples of image 2x2x1, label, name, class; 0: 1, 1: 1, 2: 1" "each name and its number"
is "$(cat "$work/names")" "$(printf '0\tant\n1\tbee\n2\tcat')" "--classes-to"
for from in "$work/names" "$work/train"; do
    is "$(messages --classes-from "$from" "$work/test")" "$first
2 examples of image 2x2x1, label, name, class; 0: 1, 2: 1" "--classes-from $(basename "$from")"
done
is "$(messages --classes-from - "$work/test" <"$work/names")" "$first
2 examples of image 2x2x1, label, name, class; 0: 1, 2: 1" "--classes-from standard input"
is "$(pg-prep -q --classes-from "$work/names" --classes-to - -o "$work/o.npy" "$work/test")" \
    "$(cat "$work/names")" "--classes-to standard output"
is "$(messages --shuffle --resize 4 --grey --invert --split 1/2 "$work/train" | head -n 1)" \
    "$first" "names pass through all stages"
is "$(messages "$work/train" "$work/test" | head -n 1)" "$first" "several folders are one set"
fails 1 "'bee' is none of the classes of" "unless the first lacks a class" \
    pg-prep "$work/test" "$work/train"
fails 1 "'bee' is none of the classes of" "--classes-from without a class" \
    pg-prep --classes-from "$work/test" "$work/train"
fails 1 "a.pgm: is no folder of class folders" "--classes-from for a picture" \
    pg-prep --classes-from "$work/names" "$work/train/ant/a.pgm"
fails 1 "ant: is no folder of class folders" "--classes-to without classes" \
    pg-prep -o "$work/p.npy" --classes-to "$work/n" "$work/train/ant"
ok "nothing was written" test ! -e "$work/p.npy" -a ! -e "$work/n"
pg-prep -q -o "$work/train.npy" "$work/train"
fails 1 "train.npy: is a NumPy file, which has no class names" "--classes-from a stream" \
    pg-prep --classes-from "$work/train.npy" "$work/test"
printf '\377\330\377\340\0\20JFIF\0' >"$work/photo"
fails 1 "photo: a JPEG picture, not class names" "--classes-from a picture" \
    pg-prep --classes-from "$work/photo" "$work/test"
printf 'GIF89a' >"$work/train/ant/b.gif"
is "$(messages "$work/train" | tail -n 1)" "warning: 1 picture was passed over: $work/train/ant/b.gif \
(a GIF picture); 'giftopnm FILE > FILE.ppm' makes one that is read" "a picture of another kind in a class"
rm "$work/train/ant/b.gif"
fails 1 "nothing: cannot open" "--classes-from nothing" pg-prep --classes-from "$work/nothing" "$work/test"
fails 2 "labels come from --labels" "--classes-from with --labels" \
    pg-prep --classes-from "$work/names" --labels "$work/l" "$work/test"
fails 2 "standard output has the images" "two outputs in one" pg-prep --classes-to - "$work/test"
fails 2 "standard input has the images" "two inputs in one" pg-prep --classes-from - -
fails 2 "as well as --classes-from" "names over names" \
    pg-prep --classes-from "$work/names" --classes-to "$work/names" "$work/test"
fails 2 "as well as" "names over images" \
    pg-prep -o "$work/same" --classes-to "$work/same" "$work/test"
fails 1 "No such file" "names that cannot be written" \
    pg-prep -o "$work/p.npy" --classes-to "$work/none/n" "$work/test"
if test -w /dev/full; then
    fails 1 "No space left" "names on a full disk" \
        pg-prep -o "$work/p.npy" --classes-to /dev/full "$work/test"
    ok "leave no stream behind" test ! -e "$work/p.npy"
fi

# Numbers that would not be kept.
for name in 0 1 2 10; do picture "$work/numbers/$name/a.pgm"; done
is "$(messages "$work/numbers")" "4 examples of image 2x2x1, label, name, class; 0: 1, 1: 1, 2: 1, 10: 1" \
    "numbers explain themselves"
picture "$work/numbers/unknown/a.pgm"
fails 1 "'10' would be label 2, because 'unknown' beside it" "a word among numbers" \
    pg-prep "$work/numbers"
printf -- '-1\tunknown\n0\t0\n1\t1\n2\t2\n10\t10\n' >"$work/known"
like "$(messages --classes-from "$work/known" "$work/numbers")" \
    "0: 1, 1: 1, 2: 1, 10: 1, unlabelled: 1" "which a file can make unlabelled"
picture "$work/twice/01/a.pgm" "$work/twice/1/a.pgm"
fails 1 "'01' and '1' would both be label 1" "a number in two ways" pg-prep "$work/twice"
rm -r "$work/twice/1"
like "$(messages "$work/twice")" "classes: 1 01" "a leading zero is told"
mkdir "$work/train/aa"
like "$(messages "$work/train")" "train/aa: has no picture, so none has its label 0" "an empty class"

# Many classes are shortened, names of any bytes stay on a line.
for i in $(seq 100 399); do picture "$work/many/class-$i/a.pgm"; done
like "$(messages "$work/many" | head -n 1)" "^classes: 0 class-100, .* and [0-9]+ more classes, which -v shows$" \
    "300 classes are too many to show"
like "$(messages "$work/many" | sed -n 2p)" "^300 examples .* 0: 1, .* and [0-9]+ more classes, which -v shows$" \
    "or to count"
ok "a line is not too long" test "$(messages "$work/many" | awk '{ print length }' | sort -n | tail -n 1)" -lt 1200
like "$(messages -v "$work/many" | head -n 1)" "299 class-399$" "-v shows them all"
like "$(messages -v "$work/many" | sed -n 2p)" "299: 1$" "and counts them"
line='two
lines'
picture "$work/odd/$line/a.pgm" "$work/odd/$(printf '\377')/a.pgm" "$work/odd/.hidden/a.pgm"
is "$(messages --classes-to "$work/odd-names" "$work/odd" | grep -c '')" 3 "odd names: three lines"
is "$(wc -l <"$work/odd-names")" 2 "and a line each in a file"
like "$(messages --classes-from "$work/odd-names" "$work/odd")" "0: 1, 1: 1" "from which they are read"
done_testing
