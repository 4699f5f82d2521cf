# pg-classify --page: a page to look at and to name in, without and with a browser.
. "$srcdir/tests/tap.sh"
need_python html.parser
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

printf '2\t<script>alert(1)</script>\n3\t"><img src=x onerror=alert(2)>\n4\t&amp;'"'"'\n' >names.tsv
ok "a page" pg-classify -q -m digits.safetensors --names names.tsv --page page.html --ask 6 \
    --asked asked.tsv -o table.tsv test.npy
pg-classify -q -m digits.safetensors --names names.tsv test.npy >plain.tsv
ok "leaves the table alone" cmp plain.tsv table.tsv
ok "what it holds" "$python" "$srcdir/tests/classify/page.py" static page.html table.tsv
is "$(grep -o 'data-example="[0-9]*"' page.html | tr -cd '0-9\n')" "$(sed 1d asked.tsv | cut -f 1)" \
    "a field for each image to label"
cat test.npy | pg-classify -q -j 1 -m digits.safetensors --names names.tsv --page piped.html \
    --ask 6 -o /dev/null
ok "the same from a pipe, by one thread" cmp page.html piped.html
pg-classify -q -m classes.safetensors --page - -o /dev/null plain.npy >classes.html
is "$(grep -c 'data-category="' classes.html)" "$(grep -c '<h2 id="c' classes.html)" \
    "classes too, on standard output: a field each"
is "$(grep -c 'id="save-labels"' classes.html)" 0 "nothing to label without --ask"
ok "an empty stream" pg-classify -q -m digits.safetensors --page none.html none.npy
fails 2 "one file only" "standard output twice" pg-classify -m digits.safetensors --page - test.npy
fails 2 "different names" "the page over the table" \
    pg-classify -m digits.safetensors --page a -o a test.npy
fails 1 "cannot (write|create)" "no such folder" \
    pg-classify -q -m digits.safetensors --page missing/a.html test.npy
if [ -c /dev/full ]; then
    fails 1 "No space" "a full disk" pg-classify -q -m digits.safetensors --page /dev/full -o b.tsv test.npy
fi

chromium=$(command -v chromium || command -v chromium-browser || :)
mkdir saved
"$python" "$srcdir/tests/classify/page.py" browser page.html "$work/saved" "${chromium:-none}" \
    >browser.out 2>&1
status=$?
if [ -z "$chromium" ] || [ $status -eq 77 ]; then
    tap_report 0 "typed and saved in a browser # SKIP no chromium that runs"
else
    tap_report $status "typed and saved in a browser"
    [ $status -eq 0 ] || diag "$(tail -n 3 browser.out)"
    ok "the names are fed back" pg-classify -q -m digits.safetensors --names saved/names.tsv \
        --remember -o fed.tsv test.npy
    pg-classify -q -m digits.safetensors test.npy >after.tsv
    is "$(awk -F '\t' 'NR > 1 && $5 != "Größe 猫 " ($3 % 2 ? "odd" : "even")' after.tsv)" "" \
        "and the next table speaks of them"
    is "$(sed 1d saved/labels.tsv)" "$(sed 1d asked.tsv | awk '{ print $1 "\t" $1 % 7 }')" \
        "labels are saved by the number of their image"
    is "$(head -n 1 saved/labels.tsv)" "$(printf 'index\tlabel')" "under a header"
fi
done_testing
