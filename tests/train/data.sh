# Data sets of several files, of any kind of stream, and larger than the memory there is.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

sizes='--set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8'

train() # OPTION... FILE...
{
    pg-train -q -j 1 -e 2 --prior categorical:3 $sizes "$@"
}

# What follows the header of a model, which holds the command.
weights() # MODEL
{
    length=$(od -A n -t u8 -N 8 "$1") # little-endian, as are most machines; else compare the end
    [ "$length" -lt 1000000 ] || length=0
    tail -c +$((9 + length)) "$1"
}

compare() # NAME: the model "other" has the weights of "whole"
{
    weights other >other.weights
    ok "$1" cmp other.weights whole.weights
    rm other
}

same() # NAME OPTION... FILE...
{
    name=$1
    shift
    train "$@" -o other
    compare "$name"
}

images() # COUNT FIRST
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, 7, 5)}"
    awk -v n="$1" -v first="$2" \
        'BEGIN { for (i = 35 * first; i < 35 * (first + n); i++) printf "%c", 65 + i * i * 7 % 61 }'
}

images 70 0 >a.npy
images 1 70 >b.npy
images 59 71 >c.npy
awk 'BEGIN { for (i = 0; i < 130; i++) print i % 3 }' >labels.txt
cat a.npy b.npy c.npy >abc.npy
pg-prep -q abc.npy -o one.npy
train one.npy -o whole && weights whole >whole.weights
ok "a run to compare with" test -s whole.weights
if [ "$(od -A n -t u8 -N 8 whole)" -gt 1000000 ]; then skip_all "the machine is big-endian"; fi

same "plain arrays, one after the other" abc.npy
same "the same as three files" a.npy b.npy c.npy
pg-prep -q a.npy | cat >chunked.npy
same "a chunked stream in a file, and others" chunked.npy b.npy c.npy
cat one.npy | train - -o other
compare "a pipe"
cat c.npy | train a.npy b.npy - -o other
compare "a pipe at the end of files"
same "standard input that is a file" - <one.npy
(
    dd bs=1 count="$(wc -c <a.npy)" of=first.npy 2>dd.err # leaves the descriptor in the middle
    train first.npy - -o other
) <abc.npy
compare "standard input from where it stands"
mkfifo pipe
cat a.npy >pipe &
same "a named pipe" pipe b.npy c.npy
same "validation on them does not change it" --valid chunked.npy a.npy b.npy c.npy

# Labels between the images.
pg-prep -q --labels labels.txt abc.npy -o labelled.npy
pg-prep -q --split 1/2 labelled.npy | cat >odd.npy
pg-prep -q --split 2/2 labelled.npy -o even.npy
cat odd.npy even.npy >both.npy
train --supervise --set normalize=standard --set likelihood=logistic -o whole both.npy
weights whole >whole.weights
same "labels, levels, statistics of all images" --supervise --set normalize=standard \
    --set likelihood=logistic odd.npy even.npy
cat both.npy |
    train --supervise --set normalize=standard --set likelihood=logistic -o other
compare "the same through a pipe"

# A checkpoint knows the data again, however they are cut.
train -o /dev/null --checkpoint run --supervise both.npy
ok "a run goes on with the same data in other files" \
    pg-train -q -j 1 -e 3 --resume run -o other odd.npy even.npy
fails 1 "^pg-train: run: was made with other data" "not with the files in another order" \
    pg-train -q -j 1 -e 3 --resume run -o other even.npy odd.npy

# Streams that do not belong together.
pg-prep -q --resize 6x4 one.npy -o small.npy
fails 1 "^pg-train: small.npy: images are 6x4x1, those of one.npy are 7x5x1; 'pg-prep --resize 7x5'" \
    "images of another size" train one.npy small.npy -o other
fails 1 "^pg-train: one.npy: has no labels, but labelled.npy has some; 'pg-prep labelled.npy one.npy'" \
    "labels in one of them only" train one.npy labelled.npy -o other
fails 1 "^pg-train: one.npy: has no labels, but labelled.npy has some" \
    "and the other way round" train labelled.npy one.npy -o other
pg-prep -q labelled.npy one.npy -o joined.npy
ok "what is advised" train joined.npy -o other
head -c 3000 one.npy >cut.npy
fails 1 "^pg-train: cut.npy: truncated at byte 3000: the array that starts at byte 0" \
    "a file cut short before" train one.npy cut.npy -o other
fails 2 "can be read as one file only" \
    "standard input twice" train - - -o other </dev/null
fails 1 "^pg-train: none.npy: cannot open" "a file that is not there" train one.npy none.npy -o other

# Files that change under a run.
run() # FILE: in the background, until it has done a step
{
    rm -f checkpoint
    pg-train -q -j 1 -e 1000000 --prior categorical:3 $sizes --set batch=2 --every 1 \
        --checkpoint checkpoint -o model "$1" 2>run.err &
    tool=$!
    while [ ! -e checkpoint ] && kill -0 "$tool" 2>kill.err; do sleep 0.01; done
}

images 20000 0 >many.npy
run many.npy
: >many.npy
wait "$tool"
is "$?" 1 "a file that is emptied ends the run"
like "$(cat run.err)" "^pg-train: many.npy: was (cut short|written to).*" "with a line that says so"
cp one.npy written.npy
run written.npy
printf x | dd of=written.npy bs=1 seek=2000 conv=notrunc 2>dd.err
wait "$tool"
is "$?" 1 "a file that is written to ends the run"
like "$(cat run.err)" "^pg-train: written.npy: was written to while it was in use" \
    "with a line that says so"
cp one.npy replaced.npy
pg-train -q -j 1 -e 200 --prior categorical:3 $sizes --every 1 --checkpoint checkpoint.2 -o model \
    replaced.npy 2>run.err &
tool=$!
while [ ! -e checkpoint.2 ] && kill -0 "$tool" 2>kill.err; do sleep 0.01; done
pg-prep -q --invert one.npy -o replaced.npy
wait "$tool"
is "$? $(cat run.err)" "0 " "another file of the same name is no matter"

# 600 MB in 200 MB: pages of the file do not count as data.
if ! grep -q '^PG_CFLAGS.*-fsanitize' "$builddir/Makefile"; then
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (750000, 28, 28)}" >large.npy
    size=$(($(wc -c <large.npy) + 750000 * 784))
    yes 'strokes of a pen' | head -c 1000000 >>large.npy
    truncate -s "$size" large.npy
    limited() # OPTION...
    {
        ulimit -d 200000
        exec pg-train -q -j 1 -e 1 --prior categorical:3 $sizes --set batch=20 --every 1 \
            --checkpoint large.checkpoint -o large.model "$@"
    }
    limited large.npy 2>large.err &
    tool=$!
    while [ ! -e large.checkpoint ] && kill -0 "$tool" 2>kill.err; do sleep 0.01; done
    kill -TERM "$tool" 2>kill.err
    wait "$tool"
    like "$(cat large.err)" "stopped by SIGTERM at step [0-9]+ of 37500;" \
        "a data set larger than the memory allowed"
    ok "the model is there" pg-sample -q -m large.model -n 1 -o /dev/null
    cat large.npy | (limited - 2>large.err)
    is "$?" 1 "the limit is one: what comes from a pipe has to fit"
fi
done_testing
