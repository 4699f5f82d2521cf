# MPI is linked into pg-train-mpi and into nothing else.
. "$srcdir/tests/tap.sh"
command -v readelf >/dev/null || skip_all "no readelf"
[ -x "$builddir/src/pg-train-mpi" ] || skip_all "built without MPI"

# Behind libtool's scripts.
program() # NAME
{
    if [ -e "$builddir/src/.libs/$1" ]; then
        echo "$builddir/src/.libs/$1"
    else
        echo "$builddir/src/$1"
    fi
}

needs_mpi() # FILE
{
    readelf -d "$1" | grep -q 'NEEDED.*libmpi'
}

needs_no_mpi() # FILE
{
    ! needs_mpi "$1"
}

ok "pg-train-mpi needs MPI" needs_mpi "$(program pg-train-mpi)"
for tool in $TOOLS; do
    name=$(basename "$tool")
    [ "$name" = pg-train-mpi ] || ok "$name needs none" needs_no_mpi "$(program "$name")"
done
[ ! -e "$builddir/.libs/libpixelgan.so" ] ||
    ok "nor does the library" needs_no_mpi "$builddir/.libs/libpixelgan.so"
done_testing
