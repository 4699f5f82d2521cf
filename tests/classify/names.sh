# pg-classify --names and pg-train --class-names: names of categories, kept in the model.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

column() # NAME FILE
{
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { print at ? $at : "no column" }' "$2"
}

names() # TEXT: as a file
{
    printf -- "$1" >names.tsv
}

pg-classify -q -m digits.safetensors test.npy >plain.tsv
names '0\tseven\n3\tGröße 1\n4\tseven\n'
ok "names are given" pg-classify -m digits.safetensors --names names.tsv --summary names.txt \
    --summary-tsv names.val -o named.tsv test.npy
is "$(head -n 1 named.tsv)" \
    "$(printf 'index\tlabel\tcluster\tconfidence\tpredicted\tpredicted_label')" "a column more"
is "$(cut -f 1-4 named.tsv)" "$(cut -f 1-4 plain.tsv)" "the first columns are what they were"
is "$(column predicted_label named.tsv)" "$(column predicted plain.tsv)" "the label has its own"
is "$(awk -F '\t' 'BEGIN { split("seven,-,-,Größe 1,seven", is, ",") }
    NR > 1 && $5 != is[$3 + 1]' named.tsv)" "" "the names, - for none"
is "$(grep named names.val)" "$(printf 'named\t3')" "values count them"
like "$(cat names.txt)" "^names +3 of 5 clusters" "and the summary"
like "$(cat names.txt)" "Größe 1" "which has them"
is "$(pg-classify -q -m digits.safetensors plain.npy | sed 1d | cut -f 5- | sort -u)" "-" \
    "the model has forgotten them"

cp digits.safetensors kept.safetensors
ok "the model keeps them" \
    pg-classify -q -m kept.safetensors --names names.tsv --remember -o first.tsv test.npy
ok "the same table" cmp named.tsv first.tsv
pg-classify -q -m kept.safetensors test.npy >later.tsv
ok "later without the file" cmp named.tsv later.tsv
pg-classify -m kept.safetensors plain.npy 2>summary >/dev/null
like "$(cat summary)" "^ +3 +[0-9]+  Größe 1" "the summary without labels lists names"
is "$(ls | grep -c kept.safetensors)" 1 "nothing left beside the model"
names '\357\273\2770\t\r\n\n 1 \t two words \r\n'
pg-classify -q -m kept.safetensors --names names.tsv --remember test.npy >changed.tsv
is "$(awk -F '\t' 'BEGIN { split("-,two words,-,Größe 1,seven", is, ",") }
    NR > 1 && $5 != is[$3 + 1]' changed.tsv)" "" "one taken away, one added, the others stay"
printf '2\tfrom a pipe' | pg-classify -q -m kept.safetensors --names - test.npy >piped.tsv
is "$(column predicted piped.tsv | grep -c 'from a pipe')" \
    "$(column cluster plain.tsv | grep -c '^2$')" "from standard input, without a last line's end"
pg-classify -q -m kept.safetensors --reference digits.npy --names names.tsv --remember test.npy >both.tsv
pg-classify -q -m kept.safetensors test.npy >again.tsv
ok "labels and names are kept together" cmp both.tsv again.tsv
pg-classify -q -m digits.safetensors --reference digits.npy test.npy >reference.tsv
is "$(column predicted_label again.tsv)" "$(column predicted reference.tsv)" "and the labels are right"
names '0\ta\n'
ok "classes have names too" pg-classify -q -m classes.safetensors --names names.tsv -o classes.tsv test.npy
is "$(head -n 1 classes.tsv | cut -f 3,6)" "$(printf 'class\tpredicted_label')" "beside their labels"

refused() # WHAT TEXT PATTERN
{
    names "$2"
    fails 1 "$3" "$1" pg-classify -q -m kept.safetensors --names names.tsv --remember -o refused.tsv test.npy
}
cksum <kept.safetensors >before
refused "a category that is not there" '5\tx\n' "line 1 names category 5, but there are 5"
refused "one far away" '99999999999\tx\n' "line 1 does not begin with a number"
refused "a category twice" '1\tx\n\n1\ty\n' "line 3 names category 1 again, after line 1"
refused "no tab" '1 x\n' "line 1 has no tab"
refused "no number" 'one\tx\n' "line 1 does not begin with a number"
refused "a number below 0" '-1\tx\n' "line 1 does not begin with a number"
refused "a header" 'category\tname\n1\tx\n' "line 1 does not begin"
refused "a control character" '1\ta\033[2Jb\n' "line 1.*control character"
refused "a second tab" '1\ta\tb\n' "line 1.*control character"
refused "a control character of Latin-1" '1\t\302\205\n' "line 1.*control character"
refused "a line separator" '1\ta\342\200\250b\n' "line 1.*control character"
refused "Latin-1" '1\tGr\366\337e\n' "line 1.*not UTF-8"
refused "a surrogate" '1\t\355\240\200\n' "line 1.*not UTF-8"
refused "a form that is too long" '1\t\300\257\n' "line 1.*not UTF-8"
refused "a character cut short" '1\ta\303' "line 1.*not UTF-8"
refused "a dash" '1\t-\n' "line 1.*stands for no name"
refused "a zero byte" '1\ta\000b\n' "is no text"
names "1\t$(printf '%0300d' 0)\n"
fails 1 "longer than 255" "a long name" pg-classify -q -m kept.safetensors --names names.tsv test.npy
fails 1 "not names" "a stream" pg-classify -q -m kept.safetensors --names digits.npy test.npy
fails 1 "No such file" "no such file" pg-classify -q -m kept.safetensors --names missing test.npy
fails 2 "is the input as well as|different names" "the table over the names" \
    pg-classify -q -m kept.safetensors --names names.tsv -o names.tsv test.npy
fails 2 "one file only" "standard input twice" pg-classify -m kept.safetensors --names - -
is "$(cksum <kept.safetensors)" "$(cat before)" "the model is as it was"
ok "no table" test ! -e refused.tsv

# Classes that are learned.
printf '0\tzero\n3\tthree\n6\tsix\n9\tnine\n' >classes.txt
small="-q -e 1 --prior categorical:7 --set features=4 --set blocks=1 --set hidden=8"
ok "trained with names" \
    pg-train $small --supervise --class-names classes.txt -o learned.safetensors digits.npy
pg-classify -q -m learned.safetensors test.npy >learned.tsv
is "$(awk -F '\t' 'BEGIN { is[0] = "zero"; is[3] = "three"; is[6] = "six" }
    NR > 1 && $5 != ($6 in is ? is[$6] : "-")' learned.tsv)" "" "names of labels, the number beside"
ok "without names" pg-train $small --supervise -o numbers.safetensors digits.npy
pg-classify -q -m numbers.safetensors test.npy >numbers.tsv
is "$(column predicted numbers.tsv)" "$(column predicted_label learned.tsv)" "the same model"
fails 1 "learns no classes" "names without classes" \
    pg-train $small --class-names classes.txt -o none.safetensors digits.npy
fails 1 "No such file" "no such names" \
    pg-train $small --supervise --class-names missing -o none.safetensors digits.npy
# A checkpoint holds more than a model.
pg-train -q -e 1 --prior categorical:5 --set features=4 --set blocks=1 --set hidden=8 \
    --checkpoint run.checkpoint -o run.safetensors digits.npy
cp run.checkpoint before.checkpoint
names '0\tx\n'
fails 1 "is a checkpoint" "a checkpoint remembers nothing" \
    pg-classify -q -m run.checkpoint --names names.tsv --remember -o run.tsv digits.npy
ok "it is as it was" cmp run.checkpoint before.checkpoint
ok "a model does" pg-classify -q -m run.safetensors --names names.tsv --remember -o run.tsv digits.npy
done_testing
