# Several processes train to the bytes of one, whatever their number and that of their threads.
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mpi/mpi.sh"
cd "$work" || exit 99

# NAME OPTION...: the model of one process in NAME.model, its checkpoint and its log.
alone()
{
    name=$1
    shift
    # shellcheck disable=SC2086
    pg-train -q -j 1 $small -e 2 "$@" --checkpoint alone.checkpoint --log alone.log -o alone.model \
        images.npy
}

together() # PROCESSES THREADS OPTION...
{
    processes=$1 threads=$2
    shift 2
    # shellcheck disable=SC2086
    mpirun -n "$processes" pg-train-mpi -q -j "$threads" $small -e 2 "$@" \
        --checkpoint together.checkpoint --log together.log -o together.model images.npy
}

same_log()
{
    sed 's/, "seconds.*//' together.log >together.plain
    sed 's/, "seconds.*//' alone.log | cmp - together.plain
}

# Of checkpoints, all but the time.
tensors()
{
    pg-train -q -j 1 --resume "$1" -e 2 -o "$1.model" images.npy && cmp "$1.model" alone.model
}

compare() # PROCESSES THREADS OPTION...
{
    text=$*
    ok "trains: $text" together "$@"
    ok "to the same model" cmp together.model alone.model
    ok "with the same log" same_log
    ok "and as good a checkpoint" tensors together.checkpoint
    rm -f together.*
}

alone all --prior categorical:3 --valid images.npy
for processes in 1 2 3 4 5; do
    compare $processes $((1 + processes % 3)) --prior categorical:3 --valid images.npy
done

# More processes than shards, and than examples in a batch.
compare 10 1 --prior categorical:3 --valid images.npy
alone all --prior categorical:3 --supervise --set shards=3 --set batch=2
compare 4 2 --prior categorical:3 --supervise --set shards=3 --set batch=2

for model in pixelcnn "conditional-pixelcnn --prior label:3" vae aae pixelvae vlae; do
    # shellcheck disable=SC2086
    alone all --model $model
    # shellcheck disable=SC2086
    compare 3 2 --model $model
done
alone all --model aae --prior mixture:3 --supervise --precision bf16
compare 2 2 --model aae --prior mixture:3 --supervise --precision bf16

# What comes through a pipe, only the first process has.
alone all --prior gaussian:2
# shellcheck disable=SC2086
ok "data from a pipe" mpirun -n 3 pg-train-mpi -q -j 1 $small -e 2 --prior gaussian:2 -o piped.model - \
    <images.npy
# shellcheck disable=SC2086
pg-train -q -j 1 $small -e 2 --prior gaussian:2 -o alone.model - <images.npy
ok "is that of a file" cmp piped.model alone.model
mkfifo fifo
cat images.npy >fifo &
# shellcheck disable=SC2086
ok "data from a FIFO" mpirun -n 3 pg-train-mpi -q -j 1 $small -e 2 --prior gaussian:2 -o piped.model fifo
cat images.npy >fifo &
# shellcheck disable=SC2086
pg-train -q -j 1 $small -e 2 --prior gaussian:2 -o alone.model fifo
ok "is that of a file, too" cmp piped.model alone.model
done_testing
