# The tools in surroundings that mean them no good: full disks, readers that
# leave, writers that die, places that cannot be written to, names and locales
# of all kinds, streams of nothing. Each failure is one line and the right
# status, and leaves nothing under the name of the output.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

small="-q -j 1 -e 1 --set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set batch=8"

# images COUNT HEIGHT WIDTH: labels 0, 1, 2, 0, ..., made of lines.
images()
{
    npy_header "{'descr': [('image', '|u1', ($2, $3, 1)), ('label', '|u1')], 'fortran_order': False, 'shape': ($1,)}"
    LC_ALL=C awk -v n="$1" -v size="$(($2 * $3))" 'BEGIN {
        for (i = 0; i < n; i++) {
            for (j = 0; j < size; j++) printf "%c", (j + i) % 3 ? 10 : 120
            printf "%c", i % 3 + 1 # awks differ on how to print a zero
        }
    }'
}

# Each line is a command that writes to OUT, a file that appears when complete.
commands="pg-prep -q -o OUT images.npy
pg-train $(echo $small) -o OUT images.npy
pg-train $(echo $small) -o /dev/null --checkpoint OUT images.npy
pg-encode -q -j 1 -m model -o OUT images.npy
pg-encode -q -j 1 -m model --no-codes --scatter OUT images.npy
pg-encode -q -j 1 -m model --no-codes --report-tsv OUT images.npy
pg-sample -q -j 1 -m model -n 4 -o OUT
pg-sample -q -j 1 -m model -n 4 --npy -o OUT
pg-classify -q -j 1 -m model -o OUT images.npy
pg-classify -q -j 1 -m model -o /dev/null --summary OUT images.npy
pg-classify -q -j 1 -m model -o /dev/null --summary-tsv OUT images.npy"

# Those that read a stream from IN; its records are fit for all of them.
readers="pg-prep -q -o OUT IN
pg-train $(echo $small) -o OUT IN
pg-train $(echo $small) -o OUT --valid IN images.npy
pg-encode -q -j 1 -m model -o OUT IN
pg-encode -q -j 1 -m model --knn IN -o OUT images.npy
pg-sample -q -j 1 -m model --reconstruct IN -o OUT
pg-sample -q -j 1 -m model --complete IN --rows 3 --npy -o OUT
pg-classify -q -j 1 -m model -o OUT IN
pg-classify -q -j 1 -m model --reference IN -o OUT images.npy"

# What is written to standard output.
to_standard_output="pg-prep -q images.npy
pg-prep --help
pg-prep --version
pg-prep --from list
pg-train $(echo $small) images.npy
pg-train --help
pg-train --settings
pg-encode -q -j 1 -m model images.npy
pg-encode -q -j 1 -m model --no-codes --scatter - images.npy
pg-encode -q -j 1 -m model --no-codes --report-tsv - images.npy
pg-encode --help
pg-sample -q -j 1 -m model -n 4
pg-sample -q -j 1 -m model -n 4 --each
pg-sample -q -j 1 -m model -n 4 --npy
pg-sample --help
pg-classify -q -j 1 -m model images.npy
pg-classify -q -j 1 -m model -o /dev/null --summary - images.npy
pg-classify -q -j 1 -m model -o /dev/null --summary-tsv - images.npy
pg-classify --help"

# each LINES FUNCTION ARGUMENT...: calls FUNCTION ARGUMENT... COMMAND for each of the lines.
each()
{
    each_lines=$1
    shift
    while IFS= read -r line; do
        "$@" "$line"
    done <<END
$each_lines
END
}

# run COMMAND OUT IN: the line with these places put in.
run()
{
    # shellcheck disable=SC2086
    set -- "$2" "$3" $1
    out=$1 in=$2
    shift 2
    for word; do
        shift
        case $word in
        OUT) word=$out ;;
        IN) word=$in ;;
        esac
        set -- "$@" "$word"
    done
    "$@"
}

images 40 6 6 >images.npy
ok "a model" pg-train $small --prior categorical:3 -o model images.npy
mkdir folder

# ---- Places ----

refused() # STATUS PATTERN OUT COMMAND
{
    fails "$1" "$2" "'$4' to $3" run "$4" "$3" images.npy
}

[ ! -c /dev/full ] || each "$commands" refused 1 "^pg-[a-z]*: /dev/full: .*No space left" /dev/full
each "$commands" refused 1 "^pg-[a-z]*: nowhere/out: .*No such file" nowhere/out
each "$commands" refused 1 "^pg-[a-z]*: folder: .*Is a directory" folder
each "$commands" refused 1 "^pg-[a-z]*: /proc/self/out: cannot create" /proc/self/out
fails 1 "^pg-sample: nowhere/0.pgm: .*No such file" "numbered files that have no folder" \
    pg-sample -q -m model -n 2 --each -o nowhere/%d.pgm

to_full() # COMMAND
{
    fails 1 "^pg-[a-z]*: standard output: cannot write: No space left" "'$1' to a full disk" \
        full "$1"
}
full() { run "$1" >/dev/full; }
[ ! -c /dev/full ] || each "$to_standard_output" to_full

# A pipe whose reader has gone: descriptor 4.
mkfifo pipe
: <pipe &
exec 4>pipe
wait $!
without_reader() # TRAP COMMAND
{
    status=0
    (trap "$1" PIPE; run "$2" >&4) 2>left || status=$?
    is "$status $(cat left)" "141 " "'$2' without a reader (trap '$1')"
}
for trap in - ''; do each "$to_standard_output" without_reader "$trap"; done
exec 4>&-
pg-prep -q images.npy 2>left | head -c 10 >head
is "$(wc -c <head) $(cat left)" "10 " "head takes what it wants, and nobody complains"

# A name that is a link stays one; a file that is protected stays as it is.
cp images.npy kept.npy
ln -s kept.npy link.npy
ok "output to a link" pg-prep -q --invert -o link.npy images.npy
ok "leaves the link" test -h link.npy
pg-prep -q --invert images.npy >inverted.npy
ok "and replaces the file" cmp kept.npy inverted.npy
chmod a-w kept.npy
[ -w kept.npy ] || fails 1 "kept.npy: cannot write: Permission" "a file that is read only" \
    pg-prep -q -o kept.npy images.npy

# ---- Writers that die ----

pg-prep -q images.npy | cat >chunks.npy
size=$(wc -c <chunks.npy)
whole() # COMMAND
{
    run "$1" from-file images.npy && cat chunks.npy | run "$1" from-pipe -
}
cut_short() # BYTES COMMAND
{
    echo "before" >out
    fails 1 "^pg-[a-z]*: standard input: truncated at byte $1" "'$2' of $1 bytes" cut_at "$1" "$2"
    is "$(cat out)" "before" "what was there is still there"
}
cut_at() { head -c "$1" chunks.npy | run "$2" out -; }
each "$readers" ok "all of a pipe" whole
for bytes in $((size - 600)) $((size - 128)); do each "$readers" cut_short "$bytes"; done

head -c $((size - 600)) chunks.npy | {
    pg-encode -q -j 1 -m model 2>encode.err
    echo $? >encode.status
} | pg-classify -q -j 1 -m model -o out 2>classify.err
is "$? $(cat encode.status out)" "1 1
before" "a break passes through a pipeline"
like "$(cat encode.err classify.err | tr '\n' ' ')" \
    "^pg-encode: standard input: truncated.*pg-classify: standard input: truncated[^:]*: [^:]*$" \
    "with a line from each tool"
fails 1 "^pg-sample: (standard input|-): .*" "half a model" \
    sh -c 'head -c 3000 model | pg-sample -q -m - -o out'
is "$(find . -name 'out.??????')" "" "no temporary files are left"

# Killed in the middle: nothing beside the output either, where the file system can do that.
mkfifo slow
pg-prep -q -o killed.npy slow &
exec 5>slow
head -c 2000 chunks.npy >&5
kill -KILL $!
wait $! 2>/dev/null
exec 5>&-
ok "a kill leaves no output" test ! -e killed.npy

# ---- One fifo ----

pg-encode -q -j 1 -m model images.npy >codes.npy
pg-classify -q -j 1 -m model images.npy >table
mkfifo fifo
pg-encode -q -j 1 -m model -o fifo images.npy &
pg-classify -q -j 1 -m model fifo >table2
wait $!
is "$?" 0 "a writer to a fifo"
ok "and its reader" cmp table table2
pg-train $small -e 3 --prior categorical:3 -o fifo images.npy &
pg-sample -q -j 1 -m fifo -n 1 -o one.pgm
is "$?" 0 "a model through a fifo"
wait $!
is "$?" 0 "is written once, after the last epoch"

# Two writers: their arrays come in any order, but each is whole, and no example is lost unsaid.
exec 6<>fifo
exec 7<fifo
pg-prep -q -o fifo images.npy &
first=$!
pg-prep -q -o fifo images.npy &
wait "$first" $!
exec 6>&-
status=0
pg-classify -q -j 1 -m model <&7 >both 2>both.err || status=$?
exec 7<&-
case "$status $(wc -l <both) $(grep -c '^pg-classify: standard input: ' both.err)" in
'0 81 0' | '1 '*' 1') tap_report 0 "two writers, one reader" ;;
*) tap_report 1 "two writers, one reader: status $status, $(cat both.err)" ;;
esac

# ---- Streams after one another ----

cat images.npy chunks.npy >two.npy
is "$(pg-classify -q -j 1 -m model two.npy | wc -l)" 81 "cat of a file and a pipe"
is "$(pg-prep -o /dev/null two.npy 2>&1 | head -n 1 | cut -d ';' -f 1)" \
    "pg-prep: 80 examples of image 6x6x1, label" "has the examples of both"
pg-encode -q -j 1 -m model two.npy | pg-classify -q -j 1 -m model | cut -f 3- | sort | uniq -c |
    awk '$1 % 2 && !/cluster/' >odd
is "$(cat odd)" "" "with the same codes"
fails 1 "two.npy: .*other fields" "streams with other fields" \
    sh -c 'cat images.npy codes.npy >two.npy && pg-prep -q -o out two.npy'
is "$(cat out)" "before" "leave no output"

# ---- Output and input ----

same() # COMMAND
{
    cp images.npy both.npy
    fails 2 "both.npy: is (the input|--[a-z-]*) as well as .*; give them different names" \
        "'$1' onto its input" run "$1" both.npy both.npy
    ok "which is still there" cmp images.npy both.npy
}
each "$(echo "$readers" | grep -e pg-train -e '-knn' -e '-reconstruct' -e pg-classify)" same
for option in "--summary" "--summary-tsv"; do
    fails 2 "images.npy: is $option as well as the input" "$option onto the input" \
        pg-classify -m model "$option" images.npy images.npy
done
fails 2 "model: is --output as well as --model" "codes onto the model" \
    pg-encode -m model -o model images.npy
fails 2 "model: is --scatter as well as --model" "a picture onto the model" \
    pg-encode -m model --scatter ./model -o x images.npy
fails 2 "x: is --report-tsv as well as --scatter" "two reports in one file" \
    pg-encode -m model --no-codes --scatter x --report-tsv x images.npy
fails 2 "is --report-tsv as well as --scatter" "spelled in two ways" \
    pg-encode -m model --no-codes --scatter x --report-tsv ./x images.npy
fails 2 "images.npy: is --log as well as the input" "a log onto the data" \
    pg-train $small -o x --log images.npy images.npy
fails 2 "standard output ..-.. can be one file only" "a log and a model in one pipe" \
    pg-train $small --log - images.npy
fails 2 "standard input ..-.. can be read as one file only" "data and validation from one pipe" \
    pg-train $small -o x --valid - -
like "$(pg-train $small -o x --log - images.npy)" '^\{"epoch": 1, ' "a log to a pipe"
fails 2 "labels: is --output as well as --labels" "a stream onto its labels" \
    sh -c 'echo 1 >labels; pg-prep --labels labels -o labels images.npy'
append() { pg-prep -q images.npy >>images.npy; }
fails 2 "images.npy: is --output as well as the input" "a stream that would never end" append
for command in "pg-prep -q" "pg-encode -q -j 1 -m model"; do
    cp images.npy both.npy
    $command images.npy >apart.npy
    ok "'$command' may replace its input" $command -o both.npy both.npy
    ok "by the same bytes" cmp both.npy apart.npy
done

# ---- Homes, locales, names ----

pipeline() # FOLDER: what the tools make of images.npy
{
    mkdir -p "$1" && (
        cd "$1" || exit 1
        images=../images.npy tool="-q -j 1 -m model"
        pg-prep -q --classes 1,2 -o some.npy $images &&
            pg-train $small --prior categorical:3 --set learning_rate=0.001 --log log $images >model &&
            pg-encode $tool --nll --report-tsv report $images >codes &&
            pg-sample $tool -n 4 --temperature 0.5 >sheet &&
            pg-classify $tool --summary-tsv scores $images >table &&
            sed -i 's/, "seconds.*//' log
    )
}
same_results() { diff -r plain other; }
ok "a pipeline" pipeline plain
mkdir home
chmod a-w home
for home in "-u HOME" "HOME=/nowhere" "HOME=$work/home"; do
    rm -rf other
    # shellcheck disable=SC2086
    (unset HOME; case $home in HOME=*) export "${home?}" ;; esac; pipeline other)
    ok "the same with $home" same_results
done
is "$(ls -A home)" "" "nothing is kept at home"

for name in tr_TR de_DE; do
    locale=$name.UTF-8
    mkdir -p locales
    if localedef -i "$name" -f UTF-8 "locales/$locale" 2>/dev/null ||
        { command -v localedef >/dev/null && [ -d "locales/$locale" ]; }; then
        rm -rf other
        (LOCPATH=$work/locales LC_ALL=$locale; export LOCPATH LC_ALL; pipeline other)
        ok "the same in $locale" same_results
    else
        tap_report 0 "the same in $locale # SKIP no such locale"
    fi
done

name='a b
c'
mkdir "$name"
cp images.npy "$name/$name"
for command in "pg-prep -q" "pg-encode -q -j 1 -m model" "pg-classify -q -j 1 -m model"; do
    $command images.npy >expected
    ok "'$command' of a name with a space and a line end" $command -o "$name/out" "$name/$name"
    ok "to such a name" cmp "$name/out" expected
    fails 1 "^pg-[a-z]*: a b\?c/none: cannot open" "one that is not there makes one line" \
        $command -o out "$name/none"
done
fails 2 "^pg-train: a\?b: no such setting" "nor does an option make two" \
    pg-train --set 'a
b=1' images.npy
fails 2 "^pg-prep: unrecognized option '--a\?b'" "or one that is none" pg-prep '--a
b' images.npy

# ---- None, one, and sizes at both ends ----

{ images 0 6 6; images 0 6 6; } | pg-prep -q >none.npy
images 0 6 6 >empty.npy # as NumPy saves it
npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 6, 6)}" >plain.npy
pg-prep -q none.npy | cat >opened.npy
images 1 6 6 >one.npy
examples() # FILE: how many a stream of codes or images has
{
    tr -d '\0' <"$1" | grep -a -o "'shape': ([0-9]*,)" | tr -dc '0-9\n' |
        awk '{ sum += $1 } END { print sum }'
}
for count in none empty plain opened one; do
    expected=$([ "$count" = one ] && echo 1)
    for command in "pg-prep -q -o out" "pg-encode -q -j 1 -m model --nll --report -o out" \
        "pg-sample -q -j 1 -m model --npy -o out --reconstruct"; do
        ok "'$command' of $count" $command $count.npy
        is "$(examples out)" "$((expected))" "gives $count"
        cp out from-file
        ok "'$command' of $count from a pipe" sh -c 'cat "$1" | $2 -' sh $count.npy "$command"
        ok "gives the same" cmp out from-file
    done
    ok "a table of $count" pg-classify -q -j 1 -m model --summary-tsv scores -o out $count.npy
    is "$(wc -l <out) $(sed -n 's/^examples	//p' scores)" "$((1 + expected)) $((expected))" \
        "has a line of names and $count"
done
ok "a sheet of one" pg-sample -q -j 1 -m model --reconstruct one.npy -o out
fails 1 "^pg-sample: .*no example, so no sheet" "a sheet of none" \
    pg-sample -q -j 1 -m model --reconstruct none.npy -o sheet
ok "leaves none" test ! -e sheet
for count in none empty plain opened; do
    fails 1 "^pg-train: $count.npy: holds no example" "a model of $count" \
        pg-train $small -o new $count.npy
    fails 1 "^pg-train: $count.npy: holds no example" "nor is it tried on $count" \
        pg-train $small -o new --valid $count.npy one.npy
done
ok "a model of one" pg-train $small --prior categorical:3 -o new one.npy
fails 1 "^pg-encode: " "neighbours among none" \
    pg-encode -q -m model --no-codes --knn none.npy images.npy
fails 1 "^pg-classify: none.npy: .*labelled" "clusters labelled by none" \
    pg-classify -q -m model --reference none.npy -o out images.npy

for side in 1 512; do
    images 2 $side $side >sized.npy
    ok "a stream of images of $side x $side" pg-prep -q -o copy.npy sized.npy
    ok "a model of them" pg-train $small --prior categorical:3 --set batch=1 -o sized copy.npy
    ok "its categories" pg-classify -q -j 1 -m sized -o out copy.npy
    is "$(wc -l <out)" 3 "of both"
    ok "its images" pg-sample -q -j 1 -m sized --complete copy.npy --rows $((side - 1)) -n 1 -o out
    is "$(head -n 2 out | tail -n 1)" "$side $side" "have that size"
done

# ---- Codes that are not numbers ----

{
    npy_header "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}"
    printf '\0\0\200\077\0\0\0\0\0\0\0\0\0\0\300\177\0\0\300\177\0\0\300\177'
} >nan.npy
fails 1 "^pg-sample: .*not finite" "images of codes that are not numbers" \
    pg-sample -q -j 1 -m model --codes nan.npy -o sheet
ok "leave no sheet" test ! -e sheet
ok "their categories" pg-classify -q -j 1 -m model -o out nan.npy
is "$(sed -n 3p out | tr '\t' ' ')" "1 - - - -" "are not known"
done_testing
