# A process that is killed at any moment ends the run and leaves a whole checkpoint, from which other
# numbers of processes and threads go on to the same bytes.
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mpi/mpi.sh"
cd "$work" || exit 99
settings="$small --prior categorical:3 --supervise -e 100"

# In a folder of its own, so that the command in the model is always the same.
mkdir whole parts
# shellcheck disable=SC2086
(cd whole && pg-train -q -j 1 $settings -o model ../images.npy) || exit 99

# Some processes in the background; with the number of each in pid.RANK.
begin() # PROCESSES THREADS
{
    resume=
    [ ! -e parts/checkpoint ] || resume="--resume checkpoint"
    rm -f pid.*
    sleep 0.02
    : >begun
    become_processes "$1" "cd parts; echo \$\$ >../new.\$rank; mv ../new.\$rank ../pid.\$rank
        exec pg-train-mpi -q -j $2 $(echo $settings) --checkpoint checkpoint --every 3 $resume \
            -o model ../images.npy" 2>err &
}

# Training is under way, for it has saved; or it has ended.
until_saved() # PID
{
    while kill -0 "$1" 2>/dev/null && [ ! parts/checkpoint -nt begun ]; do sleep 0.02; done
}

# A number below N from the system.
random()
{
    echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}

kills=0 unsound=0
for processes in 3 2 4 1 5; do
    begin $processes $((1 + processes % 2))
    mpirun=$!
    until_saved $mpirun
    sleep "0.0$((10 + $(random 50)))"
    kill -KILL "$(cat pid.$(random $processes))" 2>/dev/null && kills=$((kills + 1))
    ended $mpirun
    [ ! -e parts/checkpoint ] || pg-sample -q -m parts/checkpoint -n 1 -o sample.ppm ||
        unsound=$((unsound + 1))
done
diag "$kills processes were killed"
is $unsound 0 "each time the checkpoint was whole"
begin 3 2
status=0
ended $! || status=$?
is $status 0 "the rest is done"
ok "to the model of a run that nobody killed" cmp parts/model whole/model
ok "at least one was killed" test $kills -gt 0
done_testing
