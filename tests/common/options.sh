# The rules all tools follow, on the skeleton they copy.
. "$srcdir/tests/tap.sh"

one_image() # a stream with one image of 2 x 2
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2)}"
    printf abcd
}

template()
{
    one_image | pg-template "$@"
}

options() # what the tool understood
{
    template -v "$@" 2>&1 >/dev/null | sed -n 's/^pg-template: //p'
}

is "$(options)" "epochs 1 rate 0.5 grid 0x0 classes 0 model none output - seed 0 input -" \
    "defaults"
is "$(options --epochs 7 -r0.25 --grid 3x4 --classes 1,2,3 -m M -o /dev/null -s 5 -j 2 -)" \
    "epochs 7 rate 0.25 grid 3x4 classes 3 model M output /dev/null seed 5 input -" "every option"
is "$(options - --epochs=7 --rate 1e-1)" \
    "epochs 7 rate 0.1 grid 0x0 classes 0 model none output - seed 0 input -" \
    "options after the operand"
like "$(pg-template --help)" '^Usage: pg-template' "--help on standard output"
is "$(pg-template -h </dev/null | awk 'length > 80 || NR > 24')" "" "help fits a terminal"
like "$(pg-template -V </dev/null)" '^pg-template \(pixelgan\) [0-9]' "--version"

fails 2 "unrecognized option '--nonsense'" "unknown long option" template --nonsense
fails 2 "invalid option -- 'Z'" "unknown letter" template -Z
fails 2 "requires an argument" "missing argument" template --epochs
fails 2 "one input at most" "two operands" template a b
for bad in 0 101 x 1x "" " 1" +1 1. 0x1 99999999999999999999 -; do
    fails 2 "--epochs: '.*' is not a whole number from 1 to 100" "--epochs '$bad'" \
        template --epochs "$bad"
done
for bad in 1.5 -0.1 x 0,5 "" " 1" +1 nan inf 0x1p-1 1e 1e999 .; do
    fails 2 "--rate: '.*' is not a number from 0 to 1" "--rate '$bad'" template --rate "$bad"
done
for bad in 3 x 3x x3 3x0 3x4x5 3X4 3x+4 "3x 4"; do
    fails 2 "--grid: '.*' is not AxB" "--grid '$bad'" template --grid "$bad"
done
for bad in "" , 1, ,1 1,,2 1,256 1,2x "1, 2"; do
    fails 2 "--classes: '.*' is not a list" "--classes '$bad'" template --classes "$bad"
done
fails 2 "more than 8 numbers" "a list that is too long" template --classes 1,2,3,4,5,6,7,8,9
fails 2 "--seed" "a negative seed" template -s -1
fails 2 "--threads" "no threads" template -j 0

for locale in $(locale -a 2>/dev/null | grep -E '^(de_DE|tr_TR)' | head -n 2); do
    is "$(LC_ALL=$locale options -r 0.25 | cut -d' ' -f4)" "0.25" "decimal point in $locale"
done

if [ -w /dev/full ]; then
    to_full() { template "$@" >/dev/full; }
    fails 1 "standard output: cannot write" "a full disk" to_full
    fails 1 "standard output: cannot write" "a full disk, help" to_full --help
    fails 1 "/dev/full: cannot write" "a full disk by name" template -o /dev/full
fi

template -v -q >/dev/null 2>"$work/quiet"
is "$(cat "$work/quiet")" "" "-q says nothing"

closed() { template "$@" >&-; }
fails 1 "standard output: cannot write" "output to a closed descriptor" closed
no_input() { pg-template <&-; }
fails 1 "standard input: cannot read" "input from a closed descriptor" no_input

# A reader that has left: no message, the status of SIGPIPE, ignored or not.
for trap in - ''; do
    status=$( (
        trap "$trap" PIPE
        { sleep 0.2; template 2>"$work/pipe"; echo $? >"$work/status"; } | :
    ) ; cat "$work/status")
    is "$status $(cat "$work/pipe")" "141 " "a reader that leaves (trap '$trap')"
done

# On a terminal.
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    on_terminal=$(script -qec "pg-template </dev/null; echo status \$?" /dev/null </dev/null)
    like "$on_terminal" "output is a terminal.*-o FILE" "no binary to a terminal, with the remedy"
    like "$on_terminal" "status 2" "which is a usage error"
    on_terminal=$(script -qec "pg-template | cat" /dev/null </dev/null)
    like "$on_terminal" "input is a terminal.*pipe" "no binary from a terminal, with the remedy"
fi

done_testing
