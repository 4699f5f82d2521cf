# Errors appear once, whichever process meets them, and end all; a signal to one stops all.
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mpi/mpi.sh"
cd "$work" || exit 99
run="pg-train-mpi -q -j 1 $(echo $small) --prior categorical:3 -o model -e 2"

# Three processes that run COMMANDS: how they end, and a single message that matches.
all_end() # STATUS PATTERN NAME COMMANDS
{
    status=0
    rm -f model
    processes 3 "$4" >out 2>err || status=$?
    is "$status" "$1" "$3: the status"
    like "$(said err)" "$2" "$3: is told"
    is "$(said err | grep -c '')" 1 "$3: once"
}

# One of them has other arguments.
one_of_them() # RANK OTHER LIKE THE REST
{
    echo "if [ \$rank = $1 ]; then exec $2; else exec $3; fi"
}

all_end 1 'pg-train-mpi: missing.npy: cannot open' "no data for any" "exec $run missing.npy"
all_end 1 'process 2 of 3: missing.npy: cannot open' "no data for one" \
    "$(one_of_them 1 "$run missing.npy" "$run images.npy")"
all_end 1 'pg-train-mpi: missing.npy: cannot open' "no data for the first" \
    "$(one_of_them 0 "$run missing.npy" "$run images.npy")"
all_end 1 'process 3 of 3: training data: other' "other data" \
    "$(one_of_them 2 "$run plain.npy" "$run images.npy")"
all_end 1 'process 2 of 3: seed: other' "another seed" \
    "$(one_of_them 1 "$run -s 1 images.npy" "$run images.npy")"
all_end 1 'process 2 of 3: --checkpoint, --every and --resume: other' "a checkpoint for one" \
    "$(one_of_them 1 "$run --checkpoint c images.npy" "$run images.npy")"
all_end 2 'nonsense' "wrong usage" "exec $run --nonsense images.npy"
all_end 2 'nonsense' "wrong usage of one" "$(one_of_them 2 "$run --nonsense" "$run images.npy")"
all_end 1 'process 2 of 3 has ended' "help for one" \
    "$(one_of_them 1 "$run --help" "$run images.npy")"
all_end 1 'no/folder' "no place for the model" "exec $run -o no/folder/model images.npy"
all_end 1 '/dev/full: cannot write the log' "a full disk for the log" \
    "exec $run --log /dev/full images.npy"
all_end 1 '/dev/full' "a full disk for the model" "exec $run -o /dev/full images.npy"
all_end 1 'diverged at step' "training that diverges" \
    "exec $run --set learning_rate=10 --set discriminator_rate=10 -e 200 --prior gaussian:2 images.npy"

for option in --help --version --settings; do
    processes 3 "exec pg-train-mpi $option" >out
    is "$(sort out | uniq -d | grep -c .)" 0 "$option speaks once"
    ok "$option speaks" test -s out
done

# ---- Signals ----

until_there() # FILE
{
    while [ ! -e "$1" ]; do sleep 0.02; done
}

started() # OPTION...: three processes in the background; what each has as its number is in pid.N
{
    rm -f model checkpoint pid.*
    become_processes 3 "echo \$\$ >pid.\$rank; exec env --default-signal=HUP,INT $run -e 1000000 --checkpoint checkpoint $*" 2>err &
    until_there checkpoint
}

for signal in TERM INT HUP; do
    started --set decay_at=1 --set warm_up=0 --every 3 images.npy
    cp checkpoint first
    case $signal in
    HUP) kill -HUP "$(cat pid.0)" ;;
    INT) kill -INT "$(cat pid.2)" ;;
    TERM) kill -TERM "$(cat pid.1)" "$(cat pid.2)" ;;
    esac
    status=0
    ended $! || status=$?
    is "$status" 1 "SIG$signal ends all"
    like "$(said err)" "stopped by SIG$signal at step .*; to go on: pg-train-mpi --resume checkpoint" \
        "and one says so"
    is "$(said err | grep -c '')" 1 "once"
    ok "the model is there" pg-sample -q -m model -n 1 -o sample.ppm
done

# What follows the header, whose command differs.
weights() # MODEL
{
    # shellcheck disable=SC2046
    set -- "$1" $(od -An -N3 -tu1 "$1")
    tail -c +$((9 + $2 + 256 * $3 + 65536 * $4)) "$1"
}

# The run that was stopped at that step is one that went there alone.
step=$(said err | sed 's/.*at step \([0-9]*\) of.*/\1/')
epochs=$(((step + 7) / 8))
# shellcheck disable=SC2086
pg-train -q -j 1 $small --prior categorical:3 --set decay_at=1 --set warm_up=0 -e $epochs -o whole images.npy
ok "another run goes on" pg-train -q -j 1 --resume checkpoint -e $epochs -o rest images.npy
weights rest >rest.weights
weights whole >whole.weights
ok "to the weights of a run that was not stopped" cmp rest.weights whole.weights

# Which mpirun passes on, and then leaves them some seconds.
OMPI_MCA_odls_base_sigkill_timeout=5 PRTE_MCA_odls_base_sigkill_timeout=5
export OMPI_MCA_odls_base_sigkill_timeout PRTE_MCA_odls_base_sigkill_timeout
started --set warm_up=0 --every 3 images.npy
kill -TERM $!
status=0
ended $! || status=$?
ok "SIGTERM to mpirun ends all" test "$status" -ne 0
like "$(said err)" "stopped by SIGTERM at step" "and one says so"
done_testing
