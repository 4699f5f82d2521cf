# Streams through files and pipes, copied by the skeleton of a tool.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

# COUNT images of 2 x 3 as one array.
images()
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, 2, 3)}"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%06d", i }'
}

# The bytes of the images in a stream.
content()
{
    pg-template "$@" | tr -d '\n' | grep -a -o '[0-9]\{6\}' | tr -d '\n' | cksum
}

images 1500 >plain.npy
expected=$(tail -c 9000 plain.npy | cksum)
ok "to a file" pg-template -o file.npy plain.npy
is "$(tail -c 9000 file.npy | cksum)" "$expected" "one array in the file"
pg-template plain.npy >redirected.npy
ok "the same through redirection" cmp file.npy redirected.npy
cat plain.npy | pg-template | cat | pg-template | cat >chunks.npy
is "$(content chunks.npy)" "$expected" "through pipes"
is "$(grep -a -c NUMPY chunks.npy)" 5 "in chunks: a first, three of 512 at most, and a last"
pg-template -o back.npy <chunks.npy
ok "and back to one array" cmp file.npy back.npy
pg-template - <chunks.npy | cmp - chunks.npy
is $? 0 "the same stream makes the same chunks"

cat file.npy chunks.npy file.npy | pg-template -o thrice.npy
is "$(tail -c 27000 thrice.npy | head -c 9000 | cksum)" "$expected" "concatenation, first part"
is "$(tail -c 9000 thrice.npy | cksum)" "$expected" "concatenation, last part"
cat file.npy file.npy | pg-template -o twice.npy
(pg-template plain.npy; pg-template plain.npy) >two.npy
ok "two writers to one file make one array" cmp two.npy twice.npy
pg-template plain.npy >appended.npy
pg-template plain.npy >>appended.npy
ok "one that appends makes it longer" cmp appended.npy twice.npy
(cat file.npy; pg-template <chunks.npy) >two.npy
ok "whatever copied it there" cmp two.npy twice.npy
images 0 | pg-template >two.npy
pg-template plain.npy >>two.npy
ok "also one without examples" cmp two.npy file.npy
(pg-template plain.npy | cat; pg-template plain.npy) >two.npy
is "$(content two.npy)" "$(content twice.npy)" "after a chunked stream comes another"
for one in 1 2 3 4; do pg-template plain.npy >>parallel.npy & done
wait
is "$(content parallel.npy | cut -d ' ' -f 2)" 36000 "several that append to a new file at once"
pg-template -o parallel.npy plain.npy
# Behind an array whose header another one has still to write, a writer refuses.
pids= appended=0
for one in 1 2 3; do
    pg-template <chunks.npy >>parallel.npy 2>>parallel.err &
    pids="$pids $!"
done
for pid in $pids; do ! wait "$pid" || appended=$((appended + 1)); done
pg-template parallel.npy >parallel-copy.npy
is "$(wc -c <parallel-copy.npy)" $(($(wc -c <file.npy) + appended * 9000)) "or to an array"
is "$(grep -c "cannot be continued" parallel.err)" $((3 - appended)) "or say that they did not"
second() # FILE
{
    cp "$1" second.npy
    cp second.npy before.npy
    pg-template plain.npy >>second.npy
}
npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 2, 3)}" >other.npy
cat file.npy file.npy >joined.npy
for other in plain.npy other.npy joined.npy; do
    fails 1 "begins with an array that cannot be continued" "an array behind $other" second $other
    ok "leaves $other as it was" cmp second.npy before.npy
done
echo "no array" >second.npy
pg-template plain.npy >>second.npy
is "$(tail -n +2 second.npy | content)" "$expected" "text in front is nothing that NumPy reads"
cp file.npy second.npy
head -c 5000 chunks.npy | pg-template >>second.npy 2>err3
ok "a writer that fails takes back what it appended" cmp second.npy file.npy
(cat file.npy; head -c 5000 chunks.npy | pg-template) >second.npy 2>err3
ok "also where the descriptor is shared" cmp second.npy file.npy
pg-template -o two.npy two.npy
is "$(wc -c <two.npy)" "$(($(wc -c <file.npy) + 9000))" "a file may be its own output"

# Without examples: an array in a file; in a pipe one that opens and one that ends, and the one
# that opens does not do without the other.
(images 0; images 0) | pg-template -o none.npy
is $? 0 "no examples"
is "$(grep -a -c NUMPY none.npy)" 1 "are one array in a file"
pg-template none.npy | cat >none-chunks.npy
is "$(grep -a -c NUMPY none-chunks.npy)" 2 "are written opened and ended to a pipe"
pg-template -o back.npy none-chunks.npy
ok "are the same again in a file" cmp none.npy back.npy
opening=$(($(wc -c <none-chunks.npy) - $(wc -c <none.npy)))
is $((opening % 64)) 0 "the opening has whole blocks of 64 bytes"
ok "and a shape that is a word" grep -a -q "'shape': 'chunked" none-chunks.npy
for rest in /dev/null file.npy chunks.npy; do
    head -c $opening chunks.npy | cat - $rest | pg-template >open.npy 2>open.err
    like "$(cat open.err)" "truncated.*the empty array that ends" "a stream that is not ended, then $rest"
    is "$(wc -c <open.npy)" 0 "leaves no half of an output"
done
(head -c $opening chunks.npy; cat chunks.npy; cat none.npy) | pg-template -o back.npy
ok "streams may be in each other, as two writers mix them" cmp file.npy back.npy
for mix in "images 0; cat plain.npy" "cat plain.npy; images 0" "images 0; cat plain.npy; images 0" \
    "cat none.npy; cat chunks.npy; cat none.npy" "cat none-chunks.npy; cat none.npy; cat file.npy"; do
    eval "$mix" | pg-template -o back.npy
    ok "what is empty adds nothing: $mix" cmp file.npy back.npy
done

# Streams of before, opened by an empty array that ends in spaces.
{
    npy_header "{'descr': [('image', '|u1', (2, 3, 1))], 'fortran_order': False, 'shape': (0,)}$(printf '%128s' '')"
    cat file.npy
} >old.npy
fails 1 "truncated.*the empty array that ends" "an older stream that is not ended" \
    pg-template -o back.npy old.npy
cat old.npy none.npy | pg-template -o back.npy
ok "and one that is" cmp file.npy back.npy

head -c 5000 chunks.npy >short.npy
fails 1 "short.npy: truncated at byte 5000" "a truncated file" pg-template -o out.npy short.npy
ok "leaves no output" test ! -e out.npy
truncated() { pg-template <short.npy | cat >/dev/null; }
truncated 2>err
like "$(cat err)" "standard input: truncated at byte 5000" "a truncated pipe"
(head -c 300 chunks.npy | pg-template; echo status $? >status) | pg-template >/dev/null 2>err2
is "$(cat status)" "status 1" "a writer that fails"
like "$(cat err2)" "standard input: truncated" "is noticed by the reader"

mkdir folder
fails 1 "folder: cannot read: Is a directory" "a folder" pg-template folder
fails 1 "nothing: cannot open: No such file" "a missing file" pg-template nothing
: >empty
fails 1 "empty: empty" "an empty file" pg-template empty
fails 1 "missing/out.npy: cannot create" "no folder for the output" \
    pg-template -o missing/out.npy file.npy
fails 1 "folder: cannot write: Is a directory" "output to a folder" pg-template -o folder file.npy
name='a b
c.npy'
cp short.npy "$name"
fails 1 'a b\?c.npy: truncated' "a name with a line end" pg-template -o /dev/null "$name"
mkfifo fifo
pg-template -o fifo plain.npy &
is "$(content fifo)" "$expected" "through a fifo"
wait
is "$(find . -name '*.npy.*')" "" "no temporary files are left"

done_testing
