# A small TAP producer for tests in POSIX shell:
#
#     . "$srcdir/tests/tap.sh"
#     ok "numbers compare" test 1 -lt 2
#     is "$(printf 'a')" "a" "printf prints"
#     fails 2 "unrecognized|invalid" "a wrong option is a usage error" pg-prep --nonsense
#     done_testing
#
# $work is a folder of this test's own below the build folder, removed at the
# end; $srcdir is the top of the (read-only) source tree; the tools built are
# found through PATH.

tap_checks=0
tap_failures=0
work=${TEST_TMPDIR:-.}/$(basename "$0" .sh)-$$
mkdir -p "$work" || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

diag()
{
    printf '%s\n' "$*" | sed 's/^/# /'
}

tap_report() # PASSED(0 or other) NAME
{
    tap_checks=$((tap_checks + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %d - %s\n' "$tap_checks" "$2"
    else
        tap_failures=$((tap_failures + 1))
        printf 'not ok %d - %s\n' "$tap_checks" "$2"
    fi
}

# ok NAME COMMAND...: the command succeeds.
ok()
{
    tap_name=$1
    shift
    tap_status=0
    "$@" >"$work/.out" 2>"$work/.err" || tap_status=$?
    tap_report "$tap_status" "$tap_name"
    if [ "$tap_status" -ne 0 ]; then
        diag "exit status $tap_status of: $*"
        diag "$(head -c 2000 "$work/.err")"
    fi
}

# is GOT EXPECTED NAME: the strings are equal.
is()
{
    tap_status=0
    [ "$1" = "$2" ] || tap_status=1
    tap_report "$tap_status" "$3"
    [ "$tap_status" -eq 0 ] || diag "got: $1
expected: $2"
}

# like TEXT PATTERN NAME: the extended regular expression occurs in the text.
like()
{
    tap_status=0
    printf '%s\n' "$1" | grep -E -q -e "$2" || tap_status=1
    tap_report "$tap_status" "$3"
    [ "$tap_status" -eq 0 ] || diag "got: $1
expected a match of: $2"
}

# fails STATUS PATTERN NAME COMMAND...: the command exits with just that status
# and says why on standard error in one line "TOOL: ..." that matches the
# pattern (a usage error has a second line, the hint to try --help).
fails()
{
    tap_expected=$1 tap_pattern=$2 tap_name=$3
    shift 3
    tap_status=0
    "$@" >"$work/.out" 2>"$work/.err" || tap_status=$?
    tap_lines=$(grep -c '' "$work/.err") || :
    tap_bad=
    [ "$tap_status" -eq "$tap_expected" ] || tap_bad="exit status $tap_status, not $tap_expected"
    [ "$tap_lines" -eq "$([ "$tap_expected" -eq 2 ] && echo 2 || echo 1)" ] ||
        tap_bad="$tap_bad $tap_lines lines of message"
    head -n 1 "$work/.err" | grep -E -q -e '^pg-[a-z]*: ' || tap_bad="$tap_bad no name in front"
    grep -E -q -e "$tap_pattern" "$work/.err" || tap_bad="$tap_bad no match of $tap_pattern"
    [ -z "$tap_bad" ]
    tap_report $? "$tap_name"
    if [ -n "$tap_bad" ]; then
        diag "$tap_bad: $*"
        diag "$(head -c 2000 "$work/.err")"
    fi
}

# npy_header DICT: the start of an .npy array (less than 65536 bytes) by its literal.
npy_header()
{
    printf '\223NUMPY\001\000'
    printf "$(printf '\\%03o\\%03o' $((${#1} % 256)) $((${#1} / 256)))"
    printf '%s' "$1"
}

# skip_all WHY: the subject of this test is not available here.
skip_all()
{
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# Prefer an interpreter with numpy (PYTHON overrides); skip the test without one.
need_python() # MODULE...
{
    for python in "${PYTHON-}" python3 /usr/bin/python3 python; do
        [ -n "$python" ] || continue
        for tap_module in "$@"; do
            "$python" -c "import $tap_module" 2>/dev/null || continue 2
        done
        return
    done
    skip_all "no Python with $*"
}

done_testing()
{
    printf '1..%d\n' "$tap_checks"
    [ "$tap_failures" -eq 0 ]
    exit $?
}
