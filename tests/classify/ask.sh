# pg-classify --ask: which images to label next.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

pg-classify -q -m digits.safetensors test.npy >plain.tsv
ok "a list and a sheet" pg-classify -q -m digits.safetensors --ask 12 --asked asked.tsv \
    --asked-sheet asked.png -o table.tsv test.npy
ok "leave the table alone" cmp plain.tsv table.tsv
is "$(head -n 1 asked.tsv)" "$(printf 'index\tlabel\tcluster\tconfidence')" "the list's header"
is "$(sed 1d asked.tsv | wc -l)" 12 "so many as were asked for"
is "$(sed 1d asked.tsv | cut -f 1 | sort -u | wc -l)" 12 "all different"
is "$(sed 1d asked.tsv | cut -f 2 | sort -u)" "-" "with room for the label"
is "$(awk 'NR == FNR { if ($2 == "-") is[$1] = $3 " " $4; next } FNR > 1 && is[$1] != $3 " " $4' \
    plain.tsv asked.tsv)" "" "they have no label yet, and are of their cluster"
is "$(head -c 4 asked.png | tail -c 3)" "PNG" "the sheet is a PNG"
cat test.npy | pg-classify -q -j 1 -m digits.safetensors --ask 12 --asked piped.tsv >/dev/null
is "$(cut -f 1-3 piped.tsv)" "$(cut -f 1-3 asked.tsv)" "from a pipe, by one thread, the same"

# Without any label: a cluster's first goes before another's second, the largest first.
pg-classify -q -m digits.safetensors plain.npy >few.tsv
used=$(sed 1d few.tsv | cut -f 3 | sort -u | wc -l)
pg-classify -q -m digits.safetensors --ask 20 --asked all.tsv plain.npy >/dev/null
is "$(sed 1d all.tsv | cut -f 1 | sort -n)" "$(seq 0 19)" "all of 20"
is "$(sed 1d all.tsv | head -n "$used" | cut -f 3 | sort)" "$(sed 1d few.tsv | cut -f 3 | sort -u)" \
    "one of each cluster before the second of any"
is "$(sed 1d all.tsv | cut -f 3 | head -n 1)" \
    "$(sed 1d few.tsv | cut -f 3 | sort | uniq -c | sort -k 1,1rn -k 2,2n | awk 'NR == 1 { print $2 }')" \
    "the largest first"
pg-classify -m digits.safetensors --ask 30 --asked more.tsv plain.npy 2>&1 >/dev/null | cat >messages
ok "more than there are" cmp all.tsv more.tsv
like "$(cat messages)" "warning: 20 images to label" "are not found"
pg-classify -m digits.safetensors --ask 3 --asked none.tsv digits.npy 2>&1 >/dev/null | cat >messages
is "$(wc -l <none.tsv)" 1 "none where all have labels"
like "$(cat messages)" "warning: 0 images to label" "which it says"
ok "an empty stream" pg-classify -q -m digits.safetensors --ask 3 --asked none.tsv \
    --asked-sheet none.png none.npy
is "$(pg-classify -q -m classes.safetensors --ask 1 --asked - -o /dev/null plain.npy | head -n 1 |
    cut -f 3)" "class" "a model with classes asks too, on standard output"

fails 2 "say where they go" "no file" pg-classify -m digits.safetensors --ask 3 test.npy
fails 2 "how many images to label" "no number" pg-classify -m digits.safetensors --asked a.tsv test.npy
fails 2 "from 1 to 1000" "none" pg-classify -m digits.safetensors --ask 0 --asked a.tsv test.npy
fails 2 "ends in .png" "another picture" \
    pg-classify -m digits.safetensors --ask 3 --asked-sheet a.jpg test.npy
fails 2 "one file only" "standard output twice" \
    pg-classify -m digits.safetensors --ask 3 --asked - test.npy
fails 1 "no images" "codes" pg-classify -q -m digits.safetensors --ask 3 --asked a.tsv codes5.npy
done_testing
