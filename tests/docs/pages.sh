# Every tool has a page; the page and --help list the same options; the pages
# are without mistakes in their markup and have the sections a reader expects.
. "$srcdir/tests/tap.sh"
command -v groff >/dev/null || skip_all "no groff"

# The options of --help: what starts a column, "-m, --model FILE", as "-m --model".
options_of_help()
{
    "$1" --help | awk -F '  +' '{ for (i = 1; i <= NF; i++) if ($i ~ /^-./) print $i }' |
        sed -e 's/^\(-[A-Za-z0-9]\), /\1 /' -e 's/\(--[a-z-]*\).*/\1/' | sort
}

# The options of a page: the lines after .TP in OPTIONS.
options_of_page()
{
    awk '/^\.SH/ { options = /OPTIONS/ } options && tag { print } { tag = /^\.TP/ }' "$1" |
        sed -e 's/\\f.//g' -e 's/\\-/-/g' -e 's/^\.[BIR]* *//' -e 's/[",]/ /g' |
        awk '$1 ~ /^-[A-Za-z0-9]$/ { print $1, $2 } $1 ~ /^--/ { print $1 }' | sort
}

markup()
{
    mistakes=$(groff -man -Tutf8 -ww -z "$1" 2>&1)
    [ -z "$mistakes" ] || { echo "$mistakes" >&2; false; }
}

sections()
{
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' ENVIRONMENT FILES EXAMPLES \
        DIAGNOSTICS 'SEE ALSO'; do
        grep -q "^\.SH \"\?$section" "$1" || { echo "no section $section" >&2; return 1; }
    done
}

fits_a_screen()
{
    "$1" --help | awk 'length > 80 { wide = 1 } END { exit (wide || NR > 24) }'
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
