# For tests that run pg-train-mpi; skips them where that cannot be.

[ -x "$builddir/src/pg-train-mpi" ] || skip_all "built without MPI"
command -v mpirun >/dev/null || skip_all "no mpirun"

# Open MPI: all processes on this machine, more of them than cores, started without ssh, by whatever
# user, also in a container that does not let a process read another's memory. From version 5 on its
# launcher has variables of its own.
set -a
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_pml=ob1
OMPI_MCA_plm_rsh_agent=false PRTE_MCA_plm_ssh_agent=false
OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none
# The sanitizers leave to MPI what it does not free.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
set +a

timeout -k 1 60 mpirun -n 2 true >"$work/.mpirun" 2>&1 ||
    skip_all "mpirun starts nothing here: $(tr '\n-' '  ' <"$work/.mpirun" | head -c 200)"

# Becomes some processes that run COMMANDS, each with its number in $rank; behind it, an ampersand and
# $! are those of mpirun.
become_processes() # N COMMANDS
{
    exec mpirun -n "$1" sh -c "rank=\${OMPI_COMM_WORLD_RANK-\${PMI_RANK-\${PMIX_RANK-0}}}
$2" </dev/null
}

processes() # N COMMANDS
{
    (become_processes "$@")
}

help_on() # PID
{
    for second in $(seq 60); do
        kill -0 "$1" || return 0
        sleep 1
    done
    kill -KILL "$1"
}

# The status of an mpirun in the background. Where a process died, that of Open MPI 4.1 sometimes waits
# for ever, after all of them have ended; it is helped on.
ended() # PID
{
    help_on "$1" >/dev/null 2>&1 &
    wait "$1"
}

# The lines that pg-train-mpi wrote, without mpirun's own.
said()
{
    grep '^pg-train-mpi:' "$1"
}

# 80 images of 6 x 6 with labels 0, 1 and 2, and a model for them.
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (80, 6, 6)}"
    awk 'BEGIN { for (i = 0; i < 80 * 36; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/plain.npy"
awk 'BEGIN { for (i = 0; i < 80; i++) print i % 3 }' >"$work/labels.txt"
pg-prep -q --labels "$work/labels.txt" "$work/plain.npy" >"$work/images.npy" || exit 99
small="--set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set flow_hidden=8 --set batch=10 --set labelled_batch=5"
