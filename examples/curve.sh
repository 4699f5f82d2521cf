#!/bin/sh
# The learning curve of a run as a picture: curve.sh LOG [PICTURE.png]
# LOG is what pg-train --log wrote, a line of JSON an epoch. Needs gnuplot.
set -eu
log=${1:?usage: curve.sh LOG [PICTURE.png]}
picture=${2:-curve.png}

# The values of some keys of each line, in columns; "-" where a line has no such key.
columns() {
    awk -v keys="$*" '{
        n = split(keys, key, " ")
        for (i = 1; i <= n; i++) {
            value = "-"
            if (match($0, "\"" key[i] "\": *[^,}]*")) {
                value = substr($0, RSTART, RLENGTH)
                sub(/^[^:]*: */, "", value)
            }
            printf "%s%s", value, i < n ? " " : "\n"
        }
    }' "$log"
}

data=$(mktemp)
trap 'rm -f "$data"' EXIT
columns epoch nll valid_nll discriminator >"$data"
validation=
if grep -q '"valid_nll"' "$log"; then
    validation="\"$data\" using 1:3 with lines linewidth 2 title 'validation',"
fi
gnuplot <<END
set terminal png size 720, 440
set output "$picture"
set datafile missing "-"
set xlabel "epoch"
set ylabel "nats per image, -log p(x|z)"
set y2label "nats, discriminator (1.386: cannot tell)"
set ytics nomirror
set y2tics
set y2range [0:2]
set grid
plot "$data" using 1:2 with lines linewidth 2 title "training", \\
     $validation \\
     "$data" using 1:4 axes x1y2 with lines dashtype 2 title "discriminator"
END
