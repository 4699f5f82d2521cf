# What pg-train refuses: data that are not what it needs, and places that it cannot write to.
. "$srcdir/tests/tap.sh"

small="-q -j 1 -e 1 --set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set batch=4"

train() # OPTION...
{
    pg-train $small -o "$work/model" "$@"
}

# images COUNT SIDE: grey noise.
images()
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, $2, $2)}"
    awk -v n="$(($1 * $2 * $2))" 'BEGIN { for (i = 0; i < n; i++) printf "%c", 65 + i * i * 7 % 61 }'
}

# labelled LABEL...: an image of 4 x 4 for each label below 100.
labelled()
{
    npy_header "{'descr': [('image', '|u1', (4, 4, 1)), ('label', '<i4')], 'fortran_order': False, 'shape': ($#,)}"
    for label; do
        printf 'abcdefghijklmnop'
        if [ "$label" -lt 0 ]; then
            printf '\377\377\377\377'
        else
            printf "$(printf '\\%03o' "$label")\\0\\0\\0"
        fi
    done
}

images 16 6 >"$work/images.npy"
images 5 7 >"$work/larger.npy"
labelled 0 1 2 0 1 2 >"$work/three.npy"
labelled 0 1 2 -1 >"$work/partly.npy"
ok "good images" train --prior categorical:3 "$work/images.npy"
ok "good labels" train --prior categorical:3 --supervise "$work/three.npy"
ok "labels of some" train --prior categorical:3 --supervise "$work/partly.npy"

# Defaults suit the images: colour, without that being said.
default() # SETTING STREAM OPTION...
{
    setting=$1 stream=$2
    shift 2
    train --prior categorical:3 -e 0 "$@" "$stream" || return
    head -c 4000 "$work/model" | tr ',' '\n' | sed -n "s/.*\"train.$setting\" *: *\"\(.*\)\".*/\\1/p"
}
{
    npy_header "{'descr': [('image', '|u1', (2, 2, 3)), ('label', '<i4')], 'fortran_order': False, 'shape': (3,)}"
    printf 'abcdefghijkl\0\0\0\0mnopqrstuvwx\1\0\0\0abcdefghijkl\2\0\0\0'
} >"$work/colour.npy"
is "$(default reconstruction_weight "$work/three.npy" --supervise)" 70 "labels and black and white: the decoder counts"
is "$(default reconstruction_weight "$work/three.npy")" 5 "less without labels"
is "$(default reconstruction_weight "$work/colour.npy" --supervise)" 5 "and in colour"
is "$(default reconstruction_weight "$work/three.npy" --supervise --set likelihood=logistic)" 5 "or of grey levels"
is "$(default reconstruction_weight "$work/colour.npy" --set reconstruction_weight=9)" 9 "but what is given holds"
is "$(default input_noise "$work/three.npy")" 1 "noise drowns no stroke of black and white"
is "$(default input_noise "$work/colour.npy")" 0.6 "but what is drawn on photographs: less in colour"
ok "a batch larger than the data" train --prior gaussian:2 --set batch=400 "$work/larger.npy"

# ---- The stream ----

fails 1 "nothere.npy: .*No such file" "no such file" train "$work/nothere.npy"
fails 1 "irectory" "a directory" train "$work"
: >"$work/nothing.npy"
fails 1 "nothing.npy: " "an empty file" train "$work/nothing.npy"
{
    images 0 6
    images 0 6
} >"$work/none.npy"
fails 1 "none.npy: holds no example" "no record" train "$work/none.npy"
size=$(wc -c <"$work/images.npy")
for bytes in 5 60 100 $((size - 1)); do
    head -c "$bytes" "$work/images.npy" >"$work/cut.npy"
    fails 1 "cut.npy: " "cut after $bytes bytes" train "$work/cut.npy"
done
fails 1 "standard input: " "cut, from standard input" sh -c 'head -c 300 "$1" | {
    shift
    "$@"
}' - "$work/images.npy" pg-train $small -o "$work/model"
{
    npy_header "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}"
    printf '0123456789abcdef'
} >"$work/codes.npy"
fails 1 "codes.npy: holds no images; make some with pg-prep" "codes" train "$work/codes.npy"
cp "$work/model" "$work/kept"

# ---- Labels ----

fails 1 "has no labels; add them with pg-prep --labels" "--supervise without labels" \
    train --prior categorical:3 --supervise "$work/images.npy"
fails 1 "has no labels" "prior label without labels" train --prior label:3 "$work/images.npy"
fails 1 "has more classes than the 2 categories" "more classes than categories" \
    train --prior categorical:2 --supervise "$work/three.npy"
fails 1 "has fewer classes than the 4 categories" "fewer classes than categories" \
    train --prior categorical:4 --supervise "$work/three.npy"
fails 1 "1 of [0-9]* examples lack the label" "prior label, and one without" \
    train --prior label:3 "$work/partly.npy"

# ---- Validation: known before training ----

# An epoch would take hours.
forever="--epochs 1000000"

fails 1 "larger.npy: images are 7x7x1, those of .*images.npy are 6x6x1; 'pg-prep --resize 6x6' makes" "--valid of another shape" \
    train $forever --valid "$work/larger.npy" "$work/images.npy"
fails 1 "codes.npy: holds no images" "--valid without images" \
    train $forever --valid "$work/codes.npy" "$work/images.npy"
fails 1 "none.npy: holds no example" "--valid without record" \
    train $forever --valid "$work/none.npy" "$work/images.npy"
fails 1 "cut.npy: " "--valid cut short" \
    train $forever --valid "$work/cut.npy" "$work/images.npy"
images 3 4 >"$work/plain.npy"
labelled 0 7 >"$work/others.npy"
fails 1 "plain.npy: has no labels" "--valid without the labels of prior label" \
    train $forever --prior label:3 --valid "$work/plain.npy" "$work/three.npy"
fails 1 "others.npy: label 7" "--valid with other labels" \
    train $forever --prior label:3 --valid "$work/others.npy" "$work/three.npy"

# ---- Places to write to: known before anything is read ----

missing=$work/nothere.npy
mkdir "$work/folder"
fails 1 "nowhere/m: cannot create a file beside it: No such file" "no folder for the model" \
    pg-train -o "$work/nowhere/m" "$missing"
fails 1 "folder: cannot write: Is a directory" "a folder for a model" \
    pg-train -o "$work/folder" "$missing"
fails 1 "nowhere/c: cannot create a file" "no folder for the checkpoint" \
    pg-train -o "$work/model" --checkpoint "$work/nowhere/c" "$missing"
fails 1 "nowhere/p.png: cannot create a file" "no folder for the preview" \
    pg-train -o "$work/model" --preview "$work/nowhere/p.png" "$missing"
chmod a-w "$work/folder"
if [ ! -w "$work/folder" ]; then
    fails 1 "folder/m: cannot create a file beside it: Permission" "a folder that is read only" \
        pg-train -o "$work/folder/m" "$missing"
fi
chmod u+w "$work/folder"
fails 1 "nowhere/log: cannot write the log: No such file" "no folder for the log" \
    train $forever --log "$work/nowhere/log" "$work/images.npy"
is "$(ls "$work/folder")" "" "nothing is left of the attempts"
ok "nor did they touch the model" cmp "$work/model" "$work/kept"
if [ -c /dev/full ]; then
    fails 1 "/dev/full: cannot write the log: No space left" "a log on a full disk" \
        train --log /dev/full "$work/images.npy"
    fails 1 "/dev/full: cannot write: No space left" "a model on a full disk" \
        pg-train $small -o /dev/full "$work/images.npy"
    fails 1 "standard output: cannot write: No space left" "standard output on a full disk" \
        sh -c '"$@" >/dev/full' - pg-train $small -o - "$work/images.npy"
fi

# ---- Usage ----

fails 2 "no such setting" "a setting that there is not" train --set magic=1 "$work/images.npy"
fails 2 "features" "a setting out of range" train --set features=0 "$work/images.npy"
fails 2 "NAME=VALUE" "a setting without value" train --set features "$work/images.npy"
fails 2 "learning_rate" "a rate that is no number" train --set learning_rate=fast "$work/images.npy"
fails 2 "learning_rate" "a rate that is none" train --set learning_rate=nan "$work/images.npy"
fails 2 "unicorn" "a prior that there is not" train --prior unicorn "$work/images.npy"
fails 2 "supervise" "--supervise of a plane" train --prior gaussian:2 --supervise "$work/images.npy"
fails 2 "one file only" "standard input as two inputs" train - - <"$work/images.npy"
done_testing
