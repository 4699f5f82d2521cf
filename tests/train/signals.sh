# Signals that come by themselves, of a terminal that was hung up, of a limit of CPU time, of a reader
# that left, save a run as SIGTERM does.
. "$srcdir/tests/tap.sh"

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (80, 6, 6)}"
    awk 'BEGIN { for (i = 0; i < 80 * 36; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

# A run that would not end by itself. Behind an ampersand, $! is that of the tool. Signals that the
# tests themselves were started to ignore, as by nohup, are not ignored here.
reset='env --default-signal=HUP,XCPU'
become() # OPTION...
{
    exec $reset pg-train --prior categorical:3 --set features=4 --set blocks=1 --set encoder_features=2 \
        --set hidden=8 --set discriminator_hidden=8 --set batch=2 -j 1 -e 1000000 \
        --checkpoint "$work/checkpoint" -o "$work/model" "$@" "$work/images.npy"
}

fresh()
{
    rm -f "$work/checkpoint" "$work/model"
}

until_there() # FILE
{
    while [ ! -e "$1" ]; do sleep 0.01; done
}

# No checkpoint is due by itself before the signal but the first, which shows that the run is under way.
saved() # NAME: by a run that had a checkpoint at step 1 only
{
    ok "$1: the model is there" pg-sample -m "$work/model" -n 1 -o /dev/null
    ok "$1: a later checkpoint, too" test "$work/checkpoint" -nt "$work/first"
}

for signal in HUP XCPU; do
    fresh
    become -q --every 1 2>"$work/stop.err" &
    until_there "$work/checkpoint"
    cp "$work/checkpoint" "$work/first"
    sleep 0.1
    kill -$signal $!
    kill -$signal $! 2>/dev/null # twice, as a shell and a terminal do
    wait $!
    is $? 1 "SIG$signal ends a run with status 1"
    like "$(cat "$work/stop.err")" "stopped by SIG$signal.* at step [0-9]+ of .*; to go on: pg-train" \
        "and it says how to go on"
    saved "SIG$signal"
done

# Under nohup the signal is ignored, and stays so.
fresh
(trap '' HUP; reset=; become -q --every 1 2>"$work/stop.err") &
until_there "$work/checkpoint"
kill -HUP $!
sleep 0.2
ok "SIGHUP where it was ignored: the run goes on" kill -0 $!
kill -TERM $!
wait $!
like "$(cat "$work/stop.err")" "stopped by SIGTERM" "until another signal comes"

# A limit of CPU time, as batch systems set it.
fresh
(ulimit -S -t 2; become -q --every 1) 2>"$work/stop.err"
is $? 1 "a limit of CPU time ends a run with status 1"
like "$(cat "$work/stop.err")" "stopped by SIGXCPU" "and it says so"
ok "its model is there" pg-sample -m "$work/model" -n 1 -o /dev/null

# The reader of the messages or of the log leaves; the run is saved before it ends.
for what in messages log; do
    fresh
    mkfifo "$work/$what"
    if [ $what = log ]; then
        become -q --log - >"$work/log" 2>"$work/stop.err" &
    else
        become 2>"$work/messages" &
    fi
    head -n 3 <"$work/$what" >"$work/lines"
    wait $!
    is $? 141 "the reader of the $what has left: the status of SIGPIPE"
    is "$(grep -c '' "$work/lines")" 3 "after three lines"
    ok "its model is there" pg-sample -m "$work/model" -n 1 -o /dev/null
    ok "and a checkpoint" pg-sample -m "$work/checkpoint" -n 1 -o /dev/null
done
is "$(cat "$work/stop.err")" "" "and nothing is said"
done_testing
