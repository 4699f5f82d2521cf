# Whatever the tools write, and wherever: they wait for a slow reader, notice a full disk, and write
# nothing into a file that took the place of a closed descriptor.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

slowly=$builddir/tests/common/slowly

{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 12, 12)}"
    awk 'BEGIN { for (i = 0; i < 40 * 144; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >images.npy
awk 'BEGIN { for (i = 0; i < 40; i++) print i % 3 }' >labels
pg-prep -q --labels labels -o labelled.npy images.npy
small="-j 1 --prior categorical:3 --set features=4 --set blocks=1"
small="$small --set encoder_features=8 --set hidden=40 --set discriminator_hidden=8 --set batch=20"
pg-train -q $small -e 1 -o model images.npy
i=0
while [ $i -lt 200 ]; do cat labelled.npy; i=$((i + 1)); done >many.npy

# What is read slowly must be what is read at once.
same_slowly() # NAME COMMAND...
{
    same=$1
    shift
    { "$@" 2>fast.err; echo $? >status; } | cat >fast
    "$slowly" out err "$@" >slow 2>slow.err
    is $? "$(cat status)" "$same: the status with a slow reader is that with a fast one"
    ok "$same: the same bytes" cmp fast slow
    ok "$same: and messages" cmp fast.err slow.err
}

same_slowly "pg-sample --each" pg-sample -j 1 -m model -n 600 --each
same_slowly "a sheet" pg-sample -j 1 -m model --grid 25x25
same_slowly "pg-sample --npy" pg-sample -j 1 -m model -n 600 --npy
same_slowly "pg-classify" pg-classify -q -j 1 -m model many.npy
same_slowly "a page" pg-classify -q -j 1 -m model --page - -o /dev/null many.npy
same_slowly "a summary" pg-classify -q -j 1 -m model --summary /dev/stdout -o /dev/null many.npy
same_slowly "pg-train -o -" pg-train -q $small -e 1 --set hidden=300 -o - images.npy
same_slowly "pg-encode" pg-encode -q -j 1 -m model many.npy
same_slowly "pg-prep" pg-prep -q many.npy
same_slowly "--help" pg-train --help
same_slowly "--settings" pg-train --settings
same_slowly "an error" pg-train -q "$(awk 'BEGIN { for (i = 0; i < 9000; i++) printf "0123456789" }')"

# Thousands of lines of messages and of a log that nobody reads at first.
"$slowly" err pg-train -v $small -e 2000 --set batch=40 --set hidden=4 --checkpoint checkpoint \
    -o /dev/null images.npy 2>slow.err
is $? 0 "messages to a slow reader"
"$slowly" out pg-train -q $small -e 1000 --set batch=40 --set hidden=4 --log - -o /dev/null \
    images.npy >slow
is $? 0 "a log to a slow reader"
is "$(grep -c '^{"epoch".*}$' slow)" 1000 "every line of the log"
is "$(sed -n 's/^pg-train: epoch \([0-9]*\)\/2000 .*/\1/p' slow.err | wc -l)" 2000 \
    "every line of the messages"

# The same for inputs.
same_input() # NAME FILE COMMAND...
{
    same=$1 file=$2
    shift 2
    "$@" <"$file" >fast 2>/dev/null
    is $? 0 "$same: read at once"
    "$slowly" in "$@" <"$file" >slow 2>slow.err
    is $? 0 "$same: read from a slow writer"
    ok "$same: the same bytes" cmp fast slow
}

gzip -c images.npy >images.npy.gz
pg-sample -j 1 -m model -n 20 --each >pictures.pnm
same_input "pg-prep" many.npy pg-prep -q -
same_input "pg-prep, gzip" images.npy.gz pg-prep -q -
same_input "pg-prep, pictures" pictures.pnm pg-prep -q -
same_input "labels" labels pg-prep -q --labels - images.npy
same_input "a model for pg-encode" model pg-encode -q -j 1 -m - images.npy
same_input "a model for pg-classify" model pg-classify -q -j 1 -m - images.npy
same_input "a model for pg-sample" model pg-sample -j 1 -m - -n 3
same_input "pg-train" images.npy pg-train -q $small -e 1 -o - -
same_input "pg-encode" many.npy pg-encode -q -j 1 -m model -
same_input "pg-classify" many.npy pg-classify -q -j 1 -m model -
same_input "codes" images.npy pg-sample -j 1 -m model --reconstruct -

# ---- A full disk ----

if [ -w /dev/full ]; then
    full() { "$@" >/dev/full; }
    for command in "pg-prep many.npy" "pg-prep --from list" "pg-prep --help" "pg-prep --version" \
        "pg-encode -q -m model images.npy" "pg-encode --help" "pg-classify -q -m model images.npy" \
        "pg-classify --version" "pg-sample -m model --each -n 3" "pg-sample -m model -n 3" \
        "pg-sample -m model --npy -n 3" "pg-sample --help" "pg-train --settings" "pg-train --help" \
        "pg-train -q $small -e 1 -o - images.npy" \
        "pg-train -q $small -e 1 --log - -o /dev/null images.npy"; do
        # shellcheck disable=SC2086
        fails 1 "standard output: cannot write.*: No space left on device" "full: $command" \
            full $command
    done
    for command in "pg-prep -o /dev/full many.npy" "pg-encode -m model -q -o /dev/full images.npy" \
        "pg-encode -m model -q --no-codes --report-tsv /dev/full images.npy" \
        "pg-encode -m model -q --no-codes --scatter /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/null --summary /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/null --summary-tsv /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/null --outliers /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/null --page /dev/full images.npy" \
        "pg-classify -m model -q -o /dev/null --ask 2 --asked /dev/full images.npy" \
        "pg-sample -m model -o /dev/full" "pg-train -q $small -e 1 -o /dev/full images.npy" \
        "pg-train -q $small -e 1 -o /dev/null --log /dev/full images.npy" \
        "pg-train -q $small -e 1 -o /dev/null --checkpoint /dev/full images.npy"; do
        # shellcheck disable=SC2086
        fails 1 "/dev/full: cannot write.*: No space left on device" "full: $command" $command
    done
    for command in "pg-encode -m model --no-codes --report images.npy" \
        "pg-classify -m model -o /dev/null images.npy"; do
        $command 2>/dev/full
        is $? 1 "full, of standard error: $command"
    done
fi

# ---- A limit of file sizes ----

limited() # COMMAND...: files of 1 or 2 KiB at most
{
    (ulimit -c 0; ulimit -f 2; "$@")
}

for command in "pg-prep -q -o limited images.npy" "pg-encode -q -m model -o limited many.npy" \
    "pg-classify -q -m model -o limited many.npy" "pg-sample -m model -o limited" \
    "pg-sample -m model -o limited --npy" "pg-sample -m model -o limited.png --grid 30x30" \
    "pg-train -q $small -e 1 -o limited images.npy"; do
    # shellcheck disable=SC2086
    fails 1 "limited.*: cannot .*write.*: File too large" "a limit: $command" limited $command
    is "$(ls | grep limited)" "" "and nothing is left: $command"
done
for command in "pg-prep -q images.npy" "pg-classify -q -m model many.npy" "pg-sample -m model" \
    "pg-train -q $small -e 1 -o - images.npy"; do
    limited_output() { limited "$@" >limited; }
    # shellcheck disable=SC2086
    fails 1 "standard output: cannot write: File too large" "a limit: $command" \
        limited_output $command
    is "$(wc -c <limited)" 0 "and no half of the output is left: $command"
    rm -f limited
done
limited_log() { limited pg-train -q $small -e 30 --set batch=40 -o model.log --log log images.npy; }
fails 1 "log: cannot write the log: File too large|model.log: cannot write" "a limit for a log" \
    limited_log

# ---- Closed descriptors ----

# What is opened then would be number 2, and would receive the messages, or 1, and the output.
for closed in "2>&-" "<&-" "<&- 2>&-" ">&- 2>&-" "<&- >&- 2>&-"; do
    rm -f closed closed.log
    eval "pg-train -v $small -e 1 --log closed.log -o closed images.npy $closed"
    is $? 0 "pg-train with $closed"
    ok "its model is whole" pg-sample -q -m closed -n 1 -o sheet.pnm
    is "$(grep -a -c 'pg-train: ' closed)" 0 "and has no message in it"
    is "$(grep -c '' closed.log)" 1 "nor has the log"
    eval "pg-classify -m model -o closed images.npy $closed"
    is $? 0 "pg-classify with $closed"
    is "$(grep -c '' closed) $(grep -c images closed)" "41 0" "its table is whole"
done
for closed in ">&-" ">&- <&-" ">&- 2>&-"; do
    for command in "pg-prep -q images.npy" "pg-classify -q -m model images.npy" \
        "pg-sample -m model -n 2" "pg-encode -q -m model images.npy" "pg-train --help" \
        "pg-train -q $small -e 1 -o - images.npy" "pg-train --settings"; do
        eval "$command $closed" 2>closed.err
        is $? 1 "$command $closed"
    done
done

# ---- One way out ----

is "$(grep -nE '\b(printf|puts|putchar|perror|fdopen) ?\(|\bstdout\b' "$srcdir"/src/*.c)" "" \
    "no tool writes another way"
done_testing
