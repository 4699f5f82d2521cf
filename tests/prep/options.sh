# What pg-prep's options do, and which it refuses.
. "$srcdir/tests/tap.sh"
in=$work/in
mkdir "$in" && "$builddir/tests/prep/fixtures" "$in" || exit 99
set -- --labels "$in/good-labels.txt" "$in/good-images.idx"

counts() # ARGUMENT...: the labels' part of the last line
{
    pg-prep "$@" 2>&1 >/dev/null | sed 's/.*label; //'
}

is "$(counts --classes 0,2 "$@")" "0: 4, 2: 4" "--classes"
is "$(counts --limit 5 "$@")" "0: 2, 1: 2, 2: 1" "--limit"
is "$(counts --split 2/5 "$@")" "0: 1, 1: 1, 2: 1" "--split"
is "$(counts --keep-labels 7 "$@")" "0: 3, 1: 2, 2: 2, unlabelled: 5" "--keep-labels"
is "$(counts --shuffle --limit 4 --keep-labels 2 -s 3 "$@" | sed 's/.*, //')" "unlabelled: 2" \
    "--keep-labels of some that were drawn"

# The same seed gives the same bytes, also where a pipe is held in memory.
pg-prep -q -o "$work/data.npy" "$@"
for option in "--keep-labels 6" --shuffle "--binarize sample"; do
    pg-prep -q -s 5 $option "$work/data.npy" >"$work/a.npy"
    pg-prep -q -s 5 $option -o "$work/b.npy" <"$work/data.npy"
    cat "$work/data.npy" | pg-prep -q -s 5 $option -o "$work/c.npy"
    pg-prep -q -s 6 $option -o "$work/d.npy" "$work/data.npy"
    ok "$option: the same seed" cmp "$work/a.npy" "$work/b.npy"
    ok "$option: from a pipe" cmp "$work/a.npy" "$work/c.npy"
    ok "$option: another seed differs" test -n "$(cmp "$work/a.npy" "$work/d.npy")"
done
pg-prep -q --invert "$work/data.npy" | pg-prep -q --invert -o "$work/a.npy"
ok "--invert twice" cmp "$work/a.npy" "$work/data.npy"
ok "quiet is quiet" test -z "$(pg-prep -q "$@" 2>&1 >/dev/null)"

fails 2 "no format is called 'nonsense'" "--from nonsense" pg-prep --from nonsense
like "$(pg-prep --from list)" "^idx  *IDX" "--from list"
fails 2 "--view" "--view up" pg-prep --view up
fails 2 "--resize" "--resize 0" pg-prep --resize 0
fails 2 "--resize" "--resize 3x" pg-prep --resize 3x
fails 2 "--classes" "--classes of letters" pg-prep --classes a,b
fails 2 "--classes" "--classes with a hole" pg-prep --classes 1,,2
fails 2 "no part 4 of 3" "--split 4/3" pg-prep --split 4/3
fails 2 "--split" "--split 0/3" pg-prep --split 0/3
fails 2 "--limit" "--limit -1" pg-prep --limit -1
fails 2 "--keep-labels" "--keep-labels 0" pg-prep --keep-labels 0
fails 2 "--binarize" "--binarize maybe" pg-prep --binarize maybe
fails 2 "2 times --labels for 3 files" "too many --labels" \
    pg-prep --labels a --labels b x y z
fails 2 "nonsense" "--nonsense" pg-prep --nonsense

if test -w /dev/full; then
    fails 1 "No space left" "a full disk" sh -c 'pg-prep -q "$1" >/dev/full' sh "$work/data.npy"
    fails 1 "No space left" "a full disk by name" pg-prep -q -o /dev/full "$work/data.npy"
fi
fails 1 "No such file" "a folder that is not there" pg-prep -q -o "$work/none/a.npy" "$work/data.npy"
ok "output over the input" sh -c \
    'cp "$1/data.npy" "$1/e.npy" && pg-prep -q -o "$1/e.npy" "$1/e.npy" && cmp "$1/e.npy" "$1/data.npy"' \
    sh "$work"
weird="$work/a name
of two lines.idx"
cp "$in/good-images.idx" "$weird"
ok "a name of two lines" pg-prep -q -o "$weird.npy" "$weird"
fails 1 "a name.of two lines" "in a message it has one" pg-prep -q -o "$work/f.npy" "$weird.idx"
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    like "$(script -qec "pg-prep '$work/data.npy'" /dev/null </dev/null 2>&1)" \
        "standard output is a terminal" "a terminal gets no binary data"
    like "$(script -qec "pg-prep >'$work/g.npy'" /dev/null </dev/null 2>&1)" \
        "standard input is a terminal" "nor is it read from one"
    like "$(script -qec "pg-prep /dev/tty >'$work/g.npy'" /dev/null </dev/null 2>&1)" \
        "is a terminal" "nor by its name"
fi
done_testing
