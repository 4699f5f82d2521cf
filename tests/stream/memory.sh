# Memory does not grow with the stream: ten times the images pass through the
# tools in the same room.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

# Sanitizers keep what was freed.
! grep -q '^PG_CFLAGS.*-fsanitize' "$builddir/Makefile" || skip_all "built with sanitizers"
{ /usr/bin/time -f %M true 2>&1 | grep -q '^[0-9][0-9]*$'; } || skip_all "no GNU time to measure with"

# COUNT images of 28 x 28.
images()
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, 28, 28)}"
    yes 'strokes of a pen' | head -c $(($1 * 784))
}

# The command, with its largest memory in KiB in FILE.
measure() # FILE COMMAND...
{
    file=$1
    shift
    /usr/bin/time -f %M -o "$file" "$@"
}

pipeline() # COUNT: kilobytes of pg-prep, pg-encode, pg-classify
{
    images "$1" | measure prep pg-prep -q |
        measure encode pg-encode -q -j 1 -m model |
        measure classify pg-classify -q -j 1 -m model -o table
    echo "$? $(($(wc -l <table) - 1))" >status
    cat prep encode classify
}

images 20 | pg-train -q -j 1 -e 1 --prior categorical:3 --set features=4 --set blocks=1 \
    --set encoder_features=2 --set hidden=8 --set discriminator_hidden=8 -o model
small=$(pipeline 5000)
is "$(cat status)" "0 5000" "4 MB through the pipeline"
large=$(pipeline 50000)
is "$(cat status)" "0 50000" "40 MB through the pipeline"
# A tenth of what came in addition would be 3.5 MB.
for tool in 1 2 3; do
    before=$(echo "$small" | sed -n "${tool}p") after=$(echo "$large" | sed -n "${tool}p")
    ok "memory of tool $tool: $before KiB, then $after" test "$after" -lt $((before + 3500))
done
done_testing
