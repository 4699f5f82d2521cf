# The shared library exports what the public headers declare, and nothing else.
. "$srcdir/tests/tap.sh"
[ -e "$builddir/.libs/libpixelgan.so" ] || skip_all "no shared library is built here"

nm -D --defined-only "$builddir/.libs/libpixelgan.so" |
    awk '$2 ~ /[A-Z]/ && $3 !~ /^(_init|_fini|__odr_asan.*)$/ { print $3 }' |
    sort >"$work/exported"
# "PG_API type name(", over line ends: the name is the word before the first "(".
cat "$srcdir"/lib/pixelgan/*.h | tr '\n' ' ' | sed 's/PG_API/\n&/g' |
    sed -n 's/^PG_API[^(]*[ *]\(pg_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$work/declared"

is "$(comm -23 "$work/exported" "$work/declared")" "" "nothing undeclared is exported"
is "$(comm -13 "$work/exported" "$work/declared")" "" "everything declared is exported"
done_testing
