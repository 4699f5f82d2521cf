# Runs that are killed, stopped, or meet a full disk go on from the last
# checkpoint and end with the model of a run that was left alone.
. "$srcdir/tests/tap.sh"

# 80 images of 6 x 6.
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (80, 6, 6)}"
    awk 'BEGIN { for (i = 0; i < 80 * 36; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

small="--prior categorical:3 --set features=4 --set blocks=1 --set encoder_features=2
    --set hidden=8 --set discriminator_hidden=8 --set batch=2"
threads=1 epochs=3

# In a folder of its own, so that the command in the model is always the same.
# Becomes the tool: behind it, an ampersand and $! are those of the tool.
become() # FOLDER OPTION...
{
    cd "$work/$1" && shift &&
        exec pg-train $small -q -j "$threads" -e "$epochs" \
            --checkpoint run.checkpoint --every 3 --log log -o model "$@" ../images.npy
}

# Goes on where there is something to go on from.
become_next() # FOLDER OPTION...
{
    [ ! -e "$work/$1/run.checkpoint" ] || set -- "$@" --resume run.checkpoint
    become "$@"
}

run()
{
    (become "$@")
}

go_on()
{
    (become_next "$@")
}

same_model()
{
    cmp "$work/$1/model" "$work/whole/model"
}

# Without what a clock tells.
log_of()
{
    sed 's/, "seconds.*//' "$work/$1/log"
}

until_there() # FILE
{
    while [ ! -e "$1" ]; do sleep 0.01; done
}

fresh() # FOLDER
{
    rm -rf "${work:?}/$1"
    mkdir "$work/$1"
}

whole()
{
    fresh whole
    run whole
}

ok "a run that is left alone" whole

# ---- 30 kills at random moments ----

# Up to the time that a whole run takes from a checkpoint on, in seconds.
delays()
{
    awk -v seed="$1" 'BEGIN { srand(seed); for (i = 0; i < 400; i++) print rand() * 0.25 }'
}

# Prints how many kills hit a run, and says which ends differed.
kill_again_and_again() # KILLS SEED
{
    fresh killed
    kills=0
    for delay in $(delays "$2"); do
        [ "$kills" -lt "$1" ] || break
        become_next killed &
        sleep "$delay"
        if kill -KILL $! 2>/dev/null; then kills=$((kills + 1)); fi
        wait $!
        case $? in
        0) same_model killed || echo "differs" >&2; fresh killed ;;
        137) ;;
        *) echo "status $?" >&2 ;;
        esac
    done 2>"$work/killed.err"
    echo "$kills"
}

is "$(kill_again_and_again 30 1)" 30 "30 kills at random moments"
# A leak checker may be at work when the kill comes, and be puzzled by it.
is "$(grep -v -i -e killed -e 'unable to get registers' "$work/killed.err")" "" \
    "no run complained of its checkpoint"
ok "the run that was killed last goes on to its end" go_on killed
ok "and ends with the same model" same_model killed
is "$(log_of killed)" "$(log_of whole)" "and with the same log"

threads=1 epochs=1
ok "a shorter run" whole
threads=3
is "$(kill_again_and_again 5 2)" 5 "5 kills of three threads"
threads=2
ok "which two threads take to their end" go_on killed
ok "and end with the same model" same_model killed
threads=1 epochs=3
ok "a run of one thread again" whole

# ---- No room for a checkpoint ----

# A file limit that a model fits, and a checkpoint does not; ulimit counts in
# blocks of 512 bytes, or of 1024 in some shells.
model_size=$(wc -c <"$work/whole/model")
checkpoint_size=$(wc -c <"$work/whole/run.checkpoint")
limit=$((model_size / 512 + 4))
ok "a checkpoint is larger than a model by so much" \
    test $((limit * 1024)) -lt "$checkpoint_size"

with_limit() # COMMAND...
{
    (ulimit -c 0; ulimit -f "$limit"; "$@")
}

whole_checkpoint() # saves one after few steps
{
    fresh cut
    become cut &
    until_there "$work/cut/run.checkpoint"
    kill -TERM $!
    wait $!
    cp "$work/cut/run.checkpoint" "$work/kept"
}

# The signal of the limit is ignored in any case, so that writing fails.
for trap in - ''; do
    whole_checkpoint 2>"$work/stop.err"
    trap "$trap" XFSZ
    fails 1 "run.checkpoint: cannot write: File too large" "no room for a checkpoint" \
        with_limit run cut --resume run.checkpoint
    trap - XFSZ
    ok "the one before it is kept" cmp "$work/kept" "$work/cut/run.checkpoint"
    is "$(ls "$work/cut" | grep 'run.checkpoint.')" "" "and nothing lies beside it"
    ok "the run goes on" run cut --resume run.checkpoint
    ok "to the same end" same_model cut
done

on_small_disk() # a file system of 64 KiB, in a name space of our own
{
    unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$0" && cd "$0" && exec "$@"' \
        "$work/disk" "$@"
}

mkdir "$work/disk"
if on_small_disk true 2>/dev/null; then
    fails 1 "checkpoint: cannot write: No space left on device" "a file system that is full" \
        on_small_disk pg-train $small -q -e 2 --set hidden=100 --checkpoint checkpoint \
        -o /dev/null "$work/images.npy"
fi
fails 1 "nowhere/c: cannot create a file beside it: No such file" "no folder for a checkpoint" \
    pg-train $small -q -e 1 --checkpoint "$work/nowhere/c" -o /dev/null "$work/images.npy"

# ---- Signals ----

fresh stopped
become stopped 2>"$work/stop.err" &
until_there "$work/stopped/run.checkpoint"
kill -TERM $!
wait $!
is $? 1 "SIGTERM ends a run with status 1"
like "$(cat "$work/stop.err")" "stopped by SIGTERM at step [0-9]+ of 120; to go on: pg-train" \
    "and it says how to go on"
ok "its model is there" pg-sample -m "$work/stopped/model" -n 1 -o /dev/null
ok "a checkpoint can be used as a model" \
    pg-sample -m "$work/stopped/run.checkpoint" -n 1 -o /dev/null
command=$(sed 's/.*to go on: //' "$work/stop.err")
ok "the command that it printed goes on" sh -c 'cd "$0" && eval "$1"' "$work/stopped" "$command"
ok "to the same end" same_model stopped

if [ "$(env --default-signal=INT sh -c 'kill -INT $$; echo ignored' 2>/dev/null)" = "" ] &&
    env --default-signal=INT true 2>/dev/null; then
    fresh stopped
    env --default-signal=INT pg-train $small -q -j 1 -e 3 --checkpoint "$work/stopped/c" \
        --every 1 -o "$work/stopped/model" "$work/images.npy" 2>"$work/stop.err" &
    until_there "$work/stopped/c"
    kill -INT $!
    wait $!
    is $? 1 "SIGINT ends a run with status 1"
    like "$(cat "$work/stop.err")" "stopped by SIGINT" "and it says so"
fi

# The second one meets a run that waits for a reader of its model.
fresh blocked
mkfifo "$work/blocked/model"
become blocked 2>"$work/stop.err" &
while [ ! -s "$work/blocked/log" ]; do sleep 0.01; done
kill -TERM $!
sleep 0.2
ok "after one SIGTERM a run finishes what it does" kill -0 $!
while kill -TERM $! 2>/dev/null; do sleep 0.05; done
wait $!
is $? 143 "a second one ends it at once"

# SIGUSR1: a checkpoint at a step where none was due.
fresh asked
pg-train $small -v -j 1 -e 100000 --checkpoint "$work/asked/c" -o "$work/asked/model" \
    "$work/images.npy" 2>"$work/asked.err" &
until_there "$work/asked/c"
saved_between() # there are 40 steps an epoch
{
    sed -n 's/.*saved at step //p' "$work/asked.err" | awk '$1 % 40 { found = 1 } END { exit !found }'
}
while kill -USR1 $! && ! saved_between; do sleep 0.02; done
ok "SIGUSR1 saves a checkpoint and the run goes on" kill -0 $!
kill -TERM $!
wait $!
is $? 1 "until it is stopped"

# ---- Refusals ----

go() # OPTION...
{
    run whole --resume run.checkpoint "$@"
}

cp "$work/whole/model" "$work/one-thread"
ok "another number of threads" go -j 2
ok "makes the same model" cmp "$work/one-thread" "$work/whole/model"
fails 1 "was made with seed 0, not 1" "another seed" go -s 1
fails 1 "was made with blocks 1, not 2" "another architecture" go --set blocks=2
fails 1 "resume with --set warm_up=0.3" "another warm-up" go -e 4
fails 1 "learning rates fell at another step" "more epochs too late" go -e 4 --set warm_up=0.3
fails 2 "says when to save --checkpoint" "--every alone" pg-train --every 3 -o m "$work/images.npy"
fails 2 "different names" "a model and a checkpoint of one name" \
    pg-train --checkpoint m -o m "$work/images.npy"
fails 1 "is no checkpoint" "a model" \
    pg-train --resume "$work/whole/model" -o /dev/null "$work/images.npy"
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (80, 6, 6)}"
    head -c 2880 /dev/zero
} >"$work/other.npy"
fails 1 "was made with other data: 80 images of 6x6x1" "other data" \
    pg-train -q --resume "$work/whole/run.checkpoint" --checkpoint "$work/c" -o /dev/null \
    "$work/other.npy"
is "$(cd "$work/whole" && pg-train --settings --resume run.checkpoint |
    sed -n 's/^\(hidden	[0-9]*\)	.*/\1/p')" "hidden	8" "--settings of a checkpoint"

# A run that is resumed takes its settings from the checkpoint.
short()
{
    (cd "$work/whole" && OMP_NUM_THREADS=2 pg-train -q --resume run.checkpoint -o again ../images.npy)
}
ok "without any other option" short
ok "the same model" cmp "$work/whole/again" "$work/whole/model"

# ---- Previews ----

tensors() # of a model, without what its header says
{
    tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"
}

tensors "$work/whole/model" >"$work/without"
ok "a preview" run whole --preview sheet.png
tensors "$work/whole/model" >"$work/with"
ok "does not change the run" cmp "$work/with" "$work/without"
is "$(head -c 4 "$work/whole/sheet.png" | tail -c 3)" "PNG" "it is a PNG"
size=$(od -An -tu1 -j16 -N8 "$work/whole/sheet.png" | tr -s ' ')
is "$size" " 0 0 0 78 0 0 0 22" "ten samples of each of three categories"
for model in gaussian:2 none "gaussian:2 --pull none"; do
    ok "a preview with prior $model" pg-train $small --prior $model -q -e 1 \
        --preview "$work/other.png" -o /dev/null "$work/images.npy"
    size=$(od -An -tu1 -j16 -N8 "$work/other.png" | tr -s ' ')
    is "$size" " 0 0 0 78 0 0 0 78" "a hundred tiles"
done
fails 1 "nowhere/x.png" "a preview that has no place is told before training" \
    pg-train $small -e 1 --preview "$work/nowhere/x.png" -o "$work/model" "$work/images.npy"
mkdir "$work/gone"
pg-train $small -e 60 --preview "$work/gone/x.png" -o "$work/model" "$work/images.npy" \
    2>"$work/warned" &
while [ ! -e "$work/gone/x.png" ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
until rm -rf "$work/gone" 2>/dev/null; do :; done
wait $!
is $? 0 "a preview that cannot be written any more does not end a run"
like "$(cat "$work/warned")" "warning: .*gone/x.png" "but is told"
fails 2 "ends in .png" "a preview of another name" \
    pg-train --preview x.ppm -o "$work/model" "$work/images.npy"
done_testing
