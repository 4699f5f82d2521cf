# pg-prep reads every format, from files and through pipes.
. "$srcdir/tests/tap.sh"
in=$work/in
mkdir "$in" && "$builddir/tests/prep/fixtures" "$in" || exit 99

summary() # ARGUMENT...: the line pg-prep ends with
{
    pg-prep "$@" 2>&1 >"$work/out.npy" | sed 's/^pg-prep: //'
}

grey="12 examples of image 4x3x1"
labelled="$grey, label; 0: 4, 1: 4, 2: 4"
named="$grey, label, name, class; 0: 4, 1: 4, 2: 4"
is "$(summary "$in/good-images.idx")" "$grey" "IDX"
is "$(summary "$in/good-rgb.idx")" "12 examples of image 4x3x3" "IDX of rank 4"
is "$(summary "$in/good-stream.pgm")" "$grey" "PGM stream"
is "$(summary "$in/good-rgb.png")" "1 example of image 4x3x3" "PNG"
is "$(summary "$in/good-array.npy")" "$grey" "array"
is "$(summary "$in/good-cifar.bin")" "4 examples of image 32x32x3, label; 0: 2, 1: 1, 2: 1" "CIFAR"
is "$(summary "$in/good-toys-dat.mat")" "$labelled" "NORB, its labels found"
is "$(summary --view both "$in/good-toys-dat.mat.gz")" \
    "12 examples of image 4x3x2, label; 0: 4, 1: 4, 2: 4" "NORB, both views, gzip"
is "$(summary --info "$in/good-toys-dat.mat")" \
    "12 examples of image 4x3x1, label, instance, elevation, azimuth, lighting; 0: 4, 1: 4, 2: 4" \
    "NORB with info"
is "$(summary "$in/good-classes")" "$grey, label, name, class; 5: 4, 7: 4, 11: 4" "class folders called by numbers"
is "$(summary "$in/good-names")" "classes: 0 ant, 1 bee, 2 cow
$named" "class folders called by names"
is "$(summary "$in/good-names/bee")" "4 examples of image 4x3x1, name" "a folder of pictures"
is "$(summary --labels "$in/good-labels.idx" "$in/good-images.idx")" "$labelled" "IDX labels"
is "$(summary --labels "$in/good-labels.idx.gz" "$in/good-images.idx.gz")" "$labelled" "gzip of both"
is "$(summary --labels "$in/good-labels.txt" "$in/good-stream.pgm")" "$labelled" "labels as text"

# Through a pipe, plain and gzip, the same bytes come out.
for name in good-images.idx good-stream.pgm good-array.npy; do
    pg-prep -q -o "$work/file.npy" "$in/$name"
    for form in "$name" "$name.gz"; do
        cat "$in/$form" | pg-prep -q -o "$work/pipe.npy"
        ok "$form through a pipe" cmp "$work/file.npy" "$work/pipe.npy"
    done
done
cat "$in/good-cifar.bin" | pg-prep -q --from cifar10 -o "$work/pipe.npy" -
pg-prep -q -o "$work/file.npy" "$in/good-cifar.bin.gz"
ok "CIFAR through a pipe" cmp "$work/file.npy" "$work/pipe.npy"
pg-prep -q "$in/good-images.idx" | pg-prep -q | pg-prep -q -o "$work/pipe.npy"
pg-prep -q -o "$work/file.npy" "$in/good-images.idx"
ok "pg-prep reads what it writes" cmp "$work/file.npy" "$work/pipe.npy"

# Several files.
is "$(summary "$in/good-images.idx" "$in/good-stream.pgm" "$in/good-array.npy" | head -n 1)" \
    "36 examples of image 4x3x1" "three files of three formats"
is "$(summary --labels "$in/good-labels-24.txt" "$in/good-images.idx" "$in/good-stream.pgm")" \
    "24 examples of image 4x3x1, label; 0: 8, 1: 8, 2: 8" "labels for all files together"
is "$(summary --labels "$in/good-labels.txt" --labels "$in/good-labels.idx" \
    "$in/good-images.idx" "$in/good-stream.pgm")" \
    "24 examples of image 4x3x1, label; 0: 8, 1: 8, 2: 8" "labels for each file"
is "$(summary "$in/good-toys-dat.mat" "$in/good-images.idx")" \
    "24 examples of image 4x3x1, label; 0: 4, 1: 4, 2: 4, unlabelled: 12" "then a file without labels"
is "$(summary --grey --resize 2x5 "$in/good-rgb.png" "$in/good-large.png" "$in/good-images.idx" |
    head -n 1)" "14 examples of image 2x5x1, name" "unlike images made alike"
is "$(cat "$in/good-rgb.png" "$in/good-rgb.png" | summary)" "2 examples of image 4x3x3" \
    "PNGs one after the other"

# What is passed over is said.
: >"$in/good-names/README"
like "$(summary "$in/good-names" | tail -n 1)" "warning: 1 file beside class folders was passed over: .*/README$" \
    "files beside class folders"
{ cat "$in/good-images.idx.gz"; echo rubbish; } >"$in/trailing.gz"
like "$(summary "$in/trailing.gz" | tail -n 1)" "warning: .*not gzip" "what follows gzip data"

# What is wrong is told in a line.
fails 1 "cannot open: No such file" "a file that is not there" pg-prep "$in/nothing"
fails 1 "null: empty, there is no image in it" "an empty file" pg-prep /dev/null
fails 1 "numbers as text, not .*--labels" "labels as images" pg-prep "$in/good-labels.txt"
fails 1 "--labels" "IDX labels as images" pg-prep "$in/good-labels.idx"
fails 1 "11 labels, and .* has 12 images" "too few labels" \
    pg-prep -o "$work/bad.npy" --labels "$in/bad-labels-11.txt" "$in/good-images.idx"
ok "and no output is left" test ! -e "$work/bad.npy"
fails 1 "24 labels, and .* has 12 images" "too many labels" \
    pg-prep -o "$work/bad.npy" --labels "$in/good-labels-24.txt" "$in/good-stream.pgm"
fails 1 "a PNM picture, not labels; labels are" "pictures as labels" \
    pg-prep --labels "$in/good-stream.pgm" "$in/good-images.idx"
fails 1 "good-large.png.*6x6x3.*good-rgb.png.*4x3x3.*--resize" "unlike images" \
    pg-prep "$in/good-rgb.png" "$in/good-large.png"
fails 1 "is a folder" "a folder as IDX" pg-prep --from idx "$in/good-names"
fails 1 "no folder" "a file as a folder" pg-prep --from folder "$in/good-images.idx"
mkdir "$in/hollow"
fails 1 "without images" "a folder without images" pg-prep "$in/hollow"
fails 1 "IDX data, not a picture that is read" "a class of something else" sh -c \
    'mkdir "$1/odd" "$1/odd/a" && cp "$1/good-images.idx" "$1/odd/a" && pg-prep "$1/odd"' sh "$in"
head -c 100 "$in/good-images.idx.gz" >"$in/cut.gz"
fails 1 "truncated gzip data, the file ends after [0-9]+ bytes" "gzip cut short" pg-prep "$in/cut.gz"
head -c 60 "$in/good-images.idx" >"$in/cut"
fails 1 "truncated in the IDX images, the data ends after 60 bytes" "IDX cut short" pg-prep "$in/cut"
fails 1 "class 0 has 4 of the 5" "more labels than there are" pg-prep --keep-labels 15 "$in/good-toys-dat.mat"
fails 1 "no labels" "classes without labels" pg-prep --classes 1 "$in/good-images.idx"

is "$(summary "$in/good-digits.mat" | head -n 1)" \
    "12 examples of image 4x3x3, label; 0: 4, 1: 4, 2: 4" "MATLAB"
like "$(summary "$in/good-digits.mat" | tail -n 1)" "^[^:]*good-digits.mat: label 10 became 0" \
    "what was done to its labels is said, and is no warning"
fails 1 "pipe" "MATLAB through a pipe" sh -c 'pg-prep <"$1"' sh "$in/good-digits.mat"
fails 1 "gzip" "MATLAB in gzip" pg-prep "$in/good-digits.mat.gz"
done_testing
