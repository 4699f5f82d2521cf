# Every tool has a page; the page and --help list the same options; the pages
# are without mistakes in their markup and have the sections a reader expects.
. "$srcdir/tests/tap.sh"
command -v groff >/dev/null || skip_all "no groff"

# The options of --help at the start of a line: "-m, --model FILE".
options_of_help()
{
    "$1" --help | sed -n 's/^ *\(-[A-Za-z], \)\?\(--[a-z-]*\).*/\1\2/p' | tr -d , | sort
}

# The options of a page: in the line after .TP of its OPTIONS.
options_of_page()
{
    sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$1" | grep -A 1 '^\.TP' | grep -v '^--$' |
        sed -e 's/\\f.//g' -e 's/\\-/-/g' -e 's/^\.[BIR]* *//' -e 's/ *, */, /' |
        sed -n 's/^\(-[A-Za-z]\)\?[, "]*\(--[a-z-]*\).*/\1 \2/p' | sed 's/^ //' | sort
}

markup()
{
    mistakes=$(groff -man -Tutf8 -ww -z "$1" 2>&1)
    [ -z "$mistakes" ] || { echo "$mistakes" >&2; false; }
}

sections()
{
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -q "^\.SH \"\?$section" "$1" || { echo "no section $section" >&2; return 1; }
    done
}

fits_a_screen()
{
    "$1" --help | awk 'length > 80 { exit 1 } END { exit NR > 24 }'
}

for page in "$srcdir"/man/*.[1-9]; do
    ok "markup of $(basename "$page")" markup "$page"
done
for tool in $TOOLS; do
    name=$(basename "$tool")
    page=$srcdir/man/$name.1
    ok "page of $name has its sections" sections "$page"
    ok "help of $name fits a screen" fits_a_screen "$builddir/$tool"
    is "$(options_of_page "$page")" "$(options_of_help "$builddir/$tool")" \
        "page and help of $name have the same options"
done
done_testing
