#!/bin/sh
# The shared library exports what the public headers declare, and nothing else.
echo 1..2
library=.libs/libpixelgan.so
[ -e "$library" ] || { echo "Bail out! no $library"; exit 1; }

nm -D --defined-only "$library" |
    awk '$2 ~ /[A-Z]/ && $3 !~ /^(_init|_fini|__odr_asan)/ { print $3 }' | sort >exports.actual
# "PG_API type name(...)", over line ends; the name is the word before the first "(".
cat "$srcdir"/lib/pixelgan/*.h | tr '\n' ' ' | sed 's/PG_API/\n&/g' |
    sed -n 's/^PG_API[^(]*[ *]\(pg_[a-z0-9_]*\)(.*/\1/p' | sort -u >exports.declared

extra=$(comm -23 exports.actual exports.declared)
missing=$(comm -13 exports.actual exports.declared)
if [ -z "$extra" ]; then echo "ok 1 - nothing else is exported"; else
    echo "not ok 1 - nothing else is exported"
    echo "$extra" | sed 's/^/# /'
fi
if [ -z "$missing" ]; then echo "ok 2 - all that is declared is exported"; else
    echo "not ok 2 - all that is declared is exported"
    echo "$missing" | sed 's/^/# /'
fi
