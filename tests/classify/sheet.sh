# pg-classify --sheet and --outliers: members of the categories, and what fits none.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

pg-classify -q -m digits.safetensors test.npy >plain.tsv
ok "a sheet and a list" pg-classify -q -m digits.safetensors --sheet sheet.png \
    --outliers outliers.tsv -o table.tsv test.npy
ok "leave the table alone" cmp plain.tsv table.tsv
is "$(head -c 4 sheet.png | tail -c 3)" "PNG" "the sheet is a PNG"
is "$(head -n 1 outliers.tsv)" "$(printf 'index\twhy\tcluster\tconfidence\tnll\tdeviations')" \
    "the list's header"
is "$(awk '$2 == "unsure"' outliers.tsv | wc -l)" 100 "100 that are unsure"
is "$(awk '$2 == "unsure" { print $4 }' outliers.tsv)" \
    "$(sed 1d plain.tsv | cut -f 4 | sort -g | head -n 100)" \
    "are the least sure, in order"
is "$(awk '$2 == "unlikely"' outliers.tsv | wc -l)" 100 "100 that are unlikely"
is "$(awk '$2 == "unlikely" { print $6 }' outliers.tsv | sort -s -g -r)" \
    "$(awk '$2 == "unlikely" { print $6 }' outliers.tsv)" "in order"
is "$(awk 'NR == FNR { is[$1] = $3 " " $4; next } FNR > 1 && is[$1] != $3 " " $4' plain.tsv outliers.tsv)" \
    "" "with the cluster and confidence of the table"

pg-classify -q -j 1 -m digits.safetensors --outliers one.tsv test.npy >/dev/null
is "$(cut -f 1-3 one.tsv | cksum)" "$(cut -f 1-3 outliers.tsv | cksum)" "the same with one thread"
cat test.npy | pg-classify -q -m digits.safetensors --sheet piped.png --outliers piped.tsv >/dev/null
ok "and from a pipe" cmp piped.tsv outliers.tsv
ok "with the same sheet" cmp piped.png sheet.png

# Size of a sheet: a row per cluster in use and two of outliers, columns.
size() # FILE: width and height
{
    od -A n -t u1 -j 16 -N 8 "$1" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }'
}
pg-classify -q -m digits.safetensors --sheet rows.png test.npy >/dev/null
pg-classify -q -m digits.safetensors --sheet wide.png --per 15 test.npy >/dev/null
used=$(sed 1d plain.tsv | cut -f 3 | sort -u | wc -l)
is "$(size rows.png | cut -d ' ' -f 2)" $((3 + used * 35)) "a row per cluster in use"
is "$(size sheet.png | cut -d ' ' -f 2)" $((3 + (used + 2) * 35)) "two more for outliers"
members=$(sed 1d plain.tsv | cut -f 3 | sort | uniq -c | sort -rn | awk 'NR == 1 { print $1 < 15 ? $1 : 15 }')
is $(($(size wide.png | cut -d ' ' -f 1) - $(size rows.png | cut -d ' ' -f 1))) \
    $(((members - 10) * 39)) "--per says how many columns"
ok "a model with classes" pg-classify -q -m classes.safetensors --sheet classes.png test.npy
printf '0\tName\n' >names.tsv
ok "names" pg-classify -q -m digits.safetensors --names names.tsv --sheet named.png test.npy
ok "an empty stream" pg-classify -q -m digits.safetensors --sheet none.png --outliers none.tsv none.npy
is "$(wc -l <none.tsv)" 1 "has no outliers"
ok "few images" pg-classify -q -m digits.safetensors --sheet few.png --outliers few.tsv plain.npy
is "$(wc -l <few.tsv)" 41 "are all unsure and all unlikely"

fails 2 "ends in .png" "a sheet of another kind" pg-classify -m digits.safetensors --sheet sheet.jpg test.npy
fails 2 "ends in .png" "a sheet for standard output" pg-classify -m digits.safetensors --sheet - test.npy
fails 2 "from 1 to 1000" "none of each" pg-classify -m digits.safetensors --sheet a.png --per 0 test.npy
fails 2 "how many images to show" "--per alone" pg-classify -m digits.safetensors --per 3 test.npy
fails 2 "one file only" "standard output twice" pg-classify -m digits.safetensors --outliers - test.npy
fails 2 "different names" "the list over the table" \
    pg-classify -m digits.safetensors --outliers a.tsv -o a.tsv test.npy
fails 1 "no images" "codes have no images" pg-classify -q -m digits.safetensors --sheet a.png codes5.npy
fails 1 "cannot (write|create)" "no such folder" \
    pg-classify -q -m digits.safetensors --sheet missing/a.png test.npy
head -c 30000 test.npy >cut.npy
fails 1 "cut.npy" "a truncated stream" pg-classify -q -m digits.safetensors --sheet cut.png \
    --outliers cut.tsv -o table2.tsv cut.npy
ok "leaves nothing" test ! -e cut.png -a ! -e cut.tsv -a ! -e table2.tsv
done_testing
