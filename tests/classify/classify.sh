# pg-classify: table, labels of clusters, summaries, refusals.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

value() # KEY FILE
{
    awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$2"
}

ok "a labelled input is its own reference" \
    pg-classify -m digits.safetensors -o self.tsv --summary self.txt --summary-tsv self.val test.npy
is "$(head -n 1 self.tsv)" "$(printf 'index\tlabel\tcluster\tconfidence\tpredicted')" "the header"
is "$(wc -l <self.tsv)" 701 "a line an image"
is "$(awk 'NR > 1 && $1 != NR - 2' self.tsv)" "" "numbered from 0"
is "$(awk 'NR > 1 && (NR - 2) % 10 == 0 && $2 != "-"' self.tsv)" "" "- for no label"
is "$(awk 'NR > 1 && !($3 >= 0 && $3 < 5 && $4 >= 0.2 && $4 <= 1)' self.tsv)" "" \
    "clusters and their probabilities"
is "$(value examples self.val) $(value labelled self.val) $(value clusters self.val)" \
    "700 630 5" "counts"
is "$(value labels_from self.val)" "input" "says where the labels come from"
like "$(cat self.txt)" "of this input itself" "and so does the summary"
like "$(cat self.txt)" "^ACC +$(printf %.4f "$(value accuracy_one_to_one self.val)") " "it has the accuracy"
like "$(cat self.txt)" "^adjusted Rand +$(printf %.4f "$(value adjusted_rand self.val)")" "the Rand index"
like "$(cat self.txt)" "^NMI.*arithmetic.*$(printf %.4f "$(value nmi_arithmetic self.val)")" "and both means"
is "$(awk 'NR > 1 { seen[$3] = 1 } END { n = 0; for (c in seen) n++; print n }' self.tsv)" \
    "$(value clusters_used self.val)" "clusters used"
is "$(awk 'NR > 1 && $2 != "-" { n++; wrong += $2 != $5 } END { printf "%.8g", wrong / n }' self.tsv)" \
    "$(value error self.val)" "the error is that of the table"

pg-classify -q -m digits.safetensors test.npy >again.tsv 2>messages
ok "standard output is the same" cmp self.tsv again.tsv
is "$(cat messages)" "" "-q: no summary"
pg-classify -m digits.safetensors test.npy 2>summary >/dev/null
ok "the summary on standard error is the same" cmp self.txt summary
cat test.npy | pg-classify -q -m digits.safetensors - >piped.tsv
ok "from a pipe too" cmp self.tsv piped.tsv
pg-classify -q -m - test.npy <digits.safetensors >piped.tsv
ok "and with the model from a pipe" cmp self.tsv piped.tsv
pg-encode -m digits.safetensors test.npy | pg-classify -q -m digits.safetensors >codes.tsv
ok "codes do as well as images" cmp self.tsv codes.tsv
pg-classify -q -j 1 -m digits.safetensors test.npy >one.tsv
is "$(cut -f 1,2,3,5 one.tsv | cksum)" "$(cut -f 1,2,3,5 self.tsv | cksum)" \
    "any number of threads gives the same clusters"

cp digits.safetensors kept.safetensors
pg-classify -q -m digits.safetensors --reference digits.npy --summary-tsv reference.val test.npy >reference.tsv
is "$(value labels_from reference.val)" "reference" "labels from a reference"
ok "which leaves the model alone" cmp digits.safetensors kept.safetensors
ok "unless it is to remember" \
    pg-classify -q -m kept.safetensors --reference digits.npy --remember -o remembered.tsv test.npy
ok "the same table" cmp reference.tsv remembered.tsv
pg-classify -q -m kept.safetensors --summary-tsv kept.val test.npy >kept.tsv
ok "later without the reference" cmp reference.tsv kept.tsv
is "$(value labels_from kept.val)" "model" "labels from the model"
is "$(value error kept.val)" "$(value error reference.val)" "and the same error"
is "$(ls | grep -c kept.safetensors)" 1 "nothing left beside the model"
pg-classify -m digits.safetensors --reference digits.npy test.npy 2>&1 >/dev/null | cat >summary
like "$(cat summary)" "surest of 90 labelled images of digits.npy" "the summary names the reference"
like "$(cat summary)" "majority labels of the reference" "and whose majority it is"

pg-classify -m digits.safetensors --summary-tsv plain.val plain.npy >plain.tsv 2>summary
is "$(awk 'NR > 1 && ($2 != "-" || $5 != "-")' plain.tsv)" "" "no labels, no predictions"
is "$(value error plain.val)$(value nmi plain.val)$(value purity plain.val)" "---" "no scores"
is "$(value accuracy_one_to_one plain.val)$(value adjusted_rand plain.val)$(value nmi_arithmetic plain.val)" \
    "---" "none at all"
is "$(value labels_from plain.val)" "none" "from nowhere"
like "$(cat summary)" "none: no labelled images" "says so"
pg-classify -q -m kept.safetensors plain.npy >kept-plain.tsv
is "$(awk 'NR > 1 && $5 == "-"' kept-plain.tsv)" "" "a model that remembers predicts all the same"
ok "all labels unknown" pg-classify -m digits.safetensors --summary-tsv unknown.val unknown.npy
is "$(value labels_from unknown.val)" "none" "counts as none"
pg-classify -q -m digits.safetensors --summary-tsv codes.val codes5.npy >codes.tsv
is "$(sed -n 3p codes.tsv)" "$(printf '1\t0\t-\t-\t-')" "NaN is in no cluster"
is "$(value unassigned codes.val) $(value error codes.val)" "1 0.25" "and an error"
ok "a stream without examples" pg-classify -m digits.safetensors -o none.tsv none.npy
is "$(wc -l <none.tsv)" 1 "gives the header alone"

pg-classify -q -m digits.safetensors --quality --summary quality.txt --summary-tsv quality.val \
    plain.npy >quality.tsv
ok "the table is the same with --quality" cmp plain.tsv quality.tsv
is "$(awk -v q="$(value quality quality.val)" -v s="$(value stability_kappa quality.val)" \
    -v a="$(value agreement_kappa quality.val)" \
    'BEGIN { d = q - (s > 0 ? s : 0) * (a > 0 ? a : 0); print d * d < 1e-9 }')" 1 \
    "--quality needs no labels; the score is a product"
like "$(cat quality.txt)" "^quality +$(printf %.4f "$(value quality quality.val)") " "the summary has it"
pg-classify -m digits.safetensors --quality --summary-tsv quality.val none.npy 2>&1 >/dev/null |
    grep quality >quality.txt
is "$(value quality quality.val)$(cat quality.txt)" "-" "no images, no quality"
pg-train -e 1 --prior categorical:7 --set features=4 --set blocks=1 --set hidden=8 \
    -o trained.safetensors digits.npy 2>train.log
like "$(tail -n 1 train.log)" "^pg-train: quality [01]\\.[0-9]+ .* of the prior in use$" \
    "pg-train says how good a run is, last"
pg-train -e 1 --prior gaussian:2 --set features=4 --set blocks=1 --set hidden=8 \
    -o trained.safetensors digits.npy 2>train.log
is "$(grep quality train.log)" "" "where there are categories"
fails 1 "no images" "nor of codes" pg-classify -q -m digits.safetensors --quality codes5.npy

pg-classify -m classes.safetensors --summary-tsv classes.val test.npy >classes.tsv 2>summary
is "$(head -n 1 classes.tsv | cut -f 3)" "class" "a model trained with labels has classes"
is "$(awk 'BEGIN { split("7 3 5 1 0", is, " ") } NR > 1 && $5 != is[$3 + 1]' classes.tsv)" "" \
    "and their labels"
is "$(value error_majority classes.val)" "-" "no majority is asked for"
like "$(cat summary)" "^classes +5" "the summary calls them classes"

fails 2 "model is needed" "no model" pg-classify test.npy
fails 2 "without --reference" "nothing to remember" pg-classify -m digits.safetensors --remember test.npy
fails 2 "one file only" "standard input twice" pg-classify -m - -
fails 2 "one file only" "standard input twice" pg-classify -m digits.safetensors --reference - -
fails 2 "one file only" "standard output twice" pg-classify -m digits.safetensors --summary - test.npy
fails 2 "cannot be changed" "a model from a pipe cannot remember" \
    pg-classify -m - --reference digits.npy --remember test.npy
fails 1 "continuous.*pg-encode --knn" "a Gaussian code" pg-classify -m plane.safetensors test.npy
fails 1 "no encoder" "no code" pg-classify -m none.safetensors test.npy
fails 1 "leave --reference out" "classes need no reference" \
    pg-classify -m classes.safetensors --reference digits.npy test.npy
fails 1 "9x8x3.*8x9x1.*pg-prep --resize 8x9 --grey" "another shape" \
    pg-classify -m digits.safetensors colour.npy
fails 1 "3 components.*have 5" "codes of another size" pg-classify -m digits.safetensors codes3.npy
fails 1 "needs labels" "a reference without labels" \
    pg-classify -m digits.safetensors --reference plain.npy test.npy
fails 1 "none of 20 examples" "a reference that knows none" \
    pg-classify -m digits.safetensors --reference unknown.npy test.npy
fails 1 "No such file" "no such input" pg-classify -m digits.safetensors missing.npy
fails 1 "No such file" "no such reference" \
    pg-classify -m digits.safetensors --reference missing.npy test.npy
fails 1 "No such file" "no such model" pg-classify -m missing.safetensors test.npy
fails 1 "." "a folder as input" pg-classify -m digits.safetensors "$work"
fails 1 "." "a folder as model" pg-classify -m "$work" test.npy
: >empty.npy
fails 1 "empty.npy" "an empty file" pg-classify -m digits.safetensors empty.npy
fails 1 "empty.npy" "an empty model" pg-classify -m empty.npy test.npy
head -c 30000 test.npy >cut.npy
fails 1 "cut.npy" "a truncated stream" pg-classify -q -m digits.safetensors -o cut.tsv cut.npy
ok "leaves no table" test ! -e cut.tsv
head -c 3000 digits.safetensors >cut.safetensors
fails 1 "cut.safetensors" "a truncated model" pg-classify -m cut.safetensors test.npy
echo "P5 8 9 255" >picture.npy
fails 1 "picture.npy" "not a stream" pg-classify -m digits.safetensors picture.npy
fails 1 "cannot (write|create)" "no such folder to write to" \
    pg-classify -q -m digits.safetensors -o missing/table.tsv test.npy
if [ -c /dev/full ]; then
    full() { pg-classify -q -m digits.safetensors "$@" test.npy >/dev/full; }
    fails 1 "No space" "a full disk" full
    fails 1 "No space" "a full disk for the summary" \
        pg-classify -q -m digits.safetensors -o table.tsv --summary-tsv /dev/full test.npy
fi
done_testing
