# Results by file name: pictures of a folder, whatever they are called, from the table to links.
. "$srcdir/tests/tap.sh"
pg-prep --help | grep -q -e --recursive || skip_all "pg-prep gives examples no names"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

script='<script>alert(1)</script>.pgm' # a folder, too, for its slash
mkdir -p 'pictures/a b' "pictures/${script%/*}"
newline=$(printf 'new\nline.pgm')
tab=$(printf 'tab\t\\n.pgm')
i=0
for name in "$script" "a b/$newline" "a b/$tab" 'a b/Größe 猫.pgm' 'a b/-x.pgm' 'plain.pgm' \
    'a b/two  blanks .pgm' 'a b/&lt;"quoted".pgm'; do
    { printf 'P5 9 8 255\n'; tail -c $((3000 + 500 * i)) test.npy | head -c 72; } >"pictures/$name"
    i=$((i + 1))
done
ok "pictures with odd names" pg-prep -q --recursive --grey pictures -o pictures.npy
count=$(find pictures -name '*.pgm' -exec echo x \; | grep -c x)
ok "a table" pg-classify -q -m digits.safetensors --page page.html --outliers outliers.tsv -o table.tsv pictures.npy
is "$(head -n 1 table.tsv | cut -f 6)" "name" "has their names"
cut -f 6 table.tsv | sed 1d >names
like "$(cat names)" '^a b/new\\nline\.pgm$' "a line's end is written as one letter"
like "$(cat names)" '^a b/tab\\t\\\\n\.pgm$' "so is a tab, and a backslash twice"
like "$(cat names)" '^a b/Größe 猫\.pgm$' "other scripts stay"
is "$(grep -c '<script>' page.html)" 1 "no name is a script of the page"
like "$(cat page.html)" 'alt="&lt;script&gt;alert\(1\)&lt;/script&gt;\.pgm, ' "but text"
like "$(cat page.html)" 'alt="a b/&amp;lt;&quot;quoted&quot;\.pgm, ' "also where it looks escaped"
is "$(head -n 1 outliers.tsv | cut -f 7)" "name" "outliers have names"

# Pictures of a list have no labels, so all of them are asked for.
ok "a list" sh -c 'cd pictures && find . -name "*.pgm" -print0 | pg-prep -q --grey -0 --list - -o ../listed.npy'
ok "asked for" pg-classify -q -m digits.safetensors --ask $count --asked asked.tsv --page asked.html \
    -o listed.tsv listed.npy
is "$(head -n 1 asked.tsv)" "$(printf 'name\tlabel\tcluster\tconfidence')" "are called by name"
is "$(cut -f 1 asked.tsv | sed 1d | sort)" "$(cut -f 6 listed.tsv | sed 1d | sort)" "as in the table"
ok "fields of the page are for such names" grep -q -F 'a b/tab\t\\n.pgm">' asked.html
ok "also where they look like the page's own text" \
    grep -q 'data-example="[^"]*&lt;script&gt;alert(1)&lt;/script&gt;.pgm"' asked.html
awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = NR + 40 } { print }' asked.tsv >answered.tsv
ok "answers go back by name" pg-prep -q --labels answered.tsv listed.npy -o answered.npy
pg-classify -q -m digits.safetensors answered.npy | sed 1d |
    awk -F '\t' '$2 > 40 { print $6 "\t" $2 }' | sort >got
is "$(cat got)" "$(sed 1d answered.tsv | cut -f 1,2 | sort)" "and are their labels"

# Classes that are folders: a model that learns them keeps their names.
mkdir classes
cp -r 'pictures/a b' classes/
cp -r 'pictures/a b' 'classes/Größe'
ok "class folders" pg-prep -q classes -o classes.npy
ok "learned" pg-train -q -e 1 --supervise --prior categorical:2 --set features=4 --set blocks=1 \
    --set hidden=8 -o learned.safetensors classes.npy
pg-classify -q -m learned.safetensors classes.npy >learned.tsv
is "$(awk -F '\t' 'NR > 1 && $5 != ($6 ? "a b" : "Größe")' learned.tsv)" \
    "" "are spoken of by name"
is "$(sed 1d learned.tsv | cut -f 5,6 | sort -u | wc -l)" "$(sed 1d learned.tsv | cut -f 6 | sort -u | wc -l)" \
    "one for each label"

export CATEGORIES=3 SIZE=12 EPOCHS=1
ok "sorted" sh "$srcdir/examples/sort-pictures.sh" pictures out -q --set features=4 --set blocks=1 \
    --set hidden=8
is "$(find out/sorted -type l -exec echo x \; | grep -c x)" "$count" "a link for each picture"
is "$(find out/sorted -type l ! -exec test -e {} \; -print)" "" "that leads to it"
sed 1d out/table.tsv | cut -f 3 | sort -u | awk '{ print $1 "\tone/two" }' >out/names.tsv
ok "sorted by names" sh "$srcdir/examples/sort-pictures.sh" pictures out
is "$(ls out/sorted)" "one_two" "that are folders"
is "$(find out/sorted -type l -exec echo x \; | grep -c x)" "$count" "with all pictures"
: >out/sorted/mine
ok "what is not ours" sh -c '! sh "$1/examples/sort-pictures.sh" pictures out' sh "$srcdir"
ok "stays" test -e out/sorted/mine
done_testing
