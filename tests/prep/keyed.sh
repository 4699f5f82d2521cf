# pg-prep --labels with labels of some images, by their number.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

# The labels of a stream as text: the column of pg-classify's table.
labels_of() # STREAM
{
    pg-classify -q -m digits.safetensors "$1" | sed 1d | cut -f 2 | tr '\n' ' '
}

keyed() # TEXT [STREAM]: labels for the 20 images without any, or another stream
{
    printf -- "$1" >labels.tsv
    pg-prep -q --labels labels.tsv "${2:-plain.npy}" -o keyed.npy
}

ok "labels by number" keyed 'index\tlabel\n3\t7\n19\t0\n0\t5\n'
is "$(labels_of keyed.npy)" "5 - - 7 - - - - - - - - - - - - - - - 0 " "in any order, the others have none"
ok "further columns, blank lines, line ends of DOS" \
    keyed 'index\tlabel\tcluster\r\n2\t1\t4\t0.9\r\n\r\n4\t-\t1\r\n5\t-1\r\n6\t'
is "$(labels_of keyed.npy)" "- - 1 - - - - - - - - - - - - - - - - - " "- and -1 are none"
before=$(labels_of digits.npy)
ok "a stream that has labels" keyed 'index\tlabel\n1\t9\n2\t-\n' digits.npy
is "$(labels_of keyed.npy | cut -d ' ' -f 1-5)" \
    "$(echo "$before" | cut -d ' ' -f 1) 9 - $(echo "$before" | cut -d ' ' -f 4-5)" \
    "keeps them where nothing is said"
ok "no lines" keyed 'index\tlabel\n'
is "$(labels_of keyed.npy | tr -d ' -')" "" "no labels"
ok "from a pipe" sh -c 'printf "index\tlabel\n3\t7\n" | pg-prep -q --labels - plain.npy -o piped.npy'
is "$(labels_of piped.npy | cut -d ' ' -f 4)" 7 "the same"
ok "more images than a chunk has" keyed 'index\tlabel\n699\t3\n0\t2\n' test.npy
is "$(labels_of keyed.npy | awk '{ print $1, $700 }')" "2 3" "the last is numbered right"

# What pg-classify asks for goes back.
pg-classify -q -m digits.safetensors --ask 5 --asked asked.tsv plain.npy >/dev/null
awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = NR } { print }' asked.tsv >answered.tsv
ok "answers" pg-prep -q --labels answered.tsv plain.npy -o answered.npy
is "$(pg-classify -q -m digits.safetensors answered.npy | awk 'NR > 1 && $2 != "-" { print $1 "\t" $2 }')" \
    "$(sed 1d answered.tsv | cut -f 1,2 | sort -n)" "are the labels of the images asked for"

refused() # WHAT TEXT PATTERN
{
    printf -- "$2" >labels.tsv
    fails 1 "$3" "$1" pg-prep -q --labels labels.tsv plain.npy -o refused.npy
}
refused "an image that is not there" 'index\tlabel\n1\t2\n20\t1\n' "line 3: there is no image 20"
refused "an image twice" 'index\tlabel\n1\t2\n2\t2\n1\t3\n' "lines 2 and 4 are of the same image"
refused "no tab" 'index\tlabel\n1 2\n' "line 2 has no tab"
refused "no number" 'index\tlabel\nx\t2\n' "line 2 does not begin with a number"
refused "a number below 0" 'index\tlabel\n-1\t2\n' "line 2 does not begin with a number"
refused "no label" 'index\tlabel\n1\tcat\n' "line 2 has no label"
refused "a label past all bounds" 'index\tlabel\n1\t2147483648\n' "line 2 has no label"
refused "a label below -1" 'index\tlabel\n1\t-2\n' "line 2 has no label"
refused "a zero byte" 'index\tlabel\n1\t2\000\n' "zero byte"
refused "names, where images have none" 'name\tlabel\na.png\t2\n' "no image is called 'a.png'"
refused "a name with half an escape" 'name\tlabel\na\\x.png\t2\n' "line 2 does not begin with a name"
ok "nothing is written" test ! -e refused.npy
done_testing
