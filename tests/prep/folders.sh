# Folders and lists as people have them: nested, mixed, damaged, with names of any kind.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

messages() { pg-prep -o out.npy "$@" 2>&1 | sed 's/^pg-prep: //'; }
summary() { messages "$@" | grep -E '^[0-9]+ examples? of'; }
grey() { mkdir -p "$(dirname "$1")" && printf 'P2 2 2 255 0 255 255 %d\n' "${2-0}" >"$1"; }
colour() { mkdir -p "$(dirname "$1")" && printf 'P3 2 2 255 9 8 7 1 2 3 4 5 6 %d 8 9\n' "${2-0}" >"$1"; }
# records FILE BYTES: a line for each record of so many bytes, without the names' zeros
records() { head=$(head -c 10 "$1" | tail -c 2 | od -An -tu1 | awk '{ print 11 + $1 + 256 * $2 }')
    tail -c "+$head" "$1"; }
# The names of an array's examples, as they stand in the file.
names() { records "$1" | tr '\000' '\n' | grep -a -o -E '[a-z].*' | tr '\n' ' '; }

# Grey and coloured pictures.
grey mixed/a.pgm 1
colour mixed/b.ppm 2
grey mixed/c.pgm 3
is "$(messages mixed)" "3 examples of image 2x2x3, name
grey pictures made RGB, as the others are: 2 of 3; --grey makes all of them grey" "grey and colours become RGB"
is "$(summary --grey mixed)" "3 examples of image 2x2x1, name" "--grey"
is "$(messages --rgb mixed)" "3 examples of image 2x2x3, name" "--rgb, of which nothing is said"
is "$(messages mixed/c.pgm mixed/b.ppm)" "2 examples of image 2x2x3, name
grey pictures made RGB, as the others are: 1 of 2; --grey makes all of them grey" "files by their names alike"
mkdir plain && cp mixed/?.pgm plain
is "$(messages plain)" "2 examples of image 2x2x1, name" "all grey stays grey"
is "$(summary --rgb plain)" "2 examples of image 2x2x3, name" "--rgb of grey"
pg-prep -q --no-names --rgb -o a.npy plain/a.pgm
printf 'P3 2 2 255 0 0 0 255 255 255 255 255 255 1 1 1\n' | pg-prep -q -o b.npy
ok "is three equal channels" cmp a.npy b.npy
pg-prep -q -o c.npy plain/a.pgm
pg-prep -q --rgb -o c.npy c.npy
ok "of a stream, too" cmp c.npy b.npy
fails 2 "choose one" "--grey and --rgb" pg-prep --grey --rgb plain
pg-prep -q -o data.npy --no-names mixed
fails 1 "data.npy.*2x2x3.*plain/a.pgm.*'pg-prep --grey' makes them alike" "the remedy fits" \
    pg-prep -o none plain/a.pgm data.npy

# Files of other kinds.
echo 'Dear reader' >mixed/README
echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >mixed/d.svg
printf '\320\317\021\340\241\261' >mixed/Thumbs.db
: >mixed/empty
printf '\000\005\026\007' >mixed/._a.pgm
is "$(messages mixed | tail -n 3)" "warning: 1 picture was passed over: mixed/d.svg (an SVG drawing); \
'rsvg-convert FILE > FILE.ppm' makes one that is read
warning: 3 files that are no pictures were passed over: plain text (1, such as mixed/README), \
an Office document (1, such as mixed/Thumbs.db), an empty file (1, such as mixed/empty)
grey pictures made RGB, as the others are: 2 of 3; --grey makes all of them grey" "are passed over and counted"
is "$(messages -q mixed)" "" "quietly, if asked"
mkdir text && echo text >text/a && echo text >text/b
fails 1 "text/a: plain text, not a picture" "a folder of nothing else" pg-prep -o none text

# What is called a picture and is none is broken.
mkdir broken && cp plain/a.pgm broken
: >broken/b.JPG
fails 1 "broken/b.JPG: empty, there is no image in it; --skip-broken goes on" "an empty picture" \
    pg-prep -o none broken
echo '<!DOCTYPE html><html>404</html>' >broken/b.JPG
fails 1 "broken/b.JPG: a web page" "a web page in its place" pg-prep -o none broken
printf 'P5 2 2 255\n123' >broken/c
printf 'P5 3 1 255\n123' >broken/d.pgm
is "$(messages --skip-broken --resize 2 broken | cut -c1-58)" "2 examples of image 2x2x1, name
warning: skipped: broken/b.JPG: a web page (HTML), not a p
warning: skipped: broken/c: truncated or broken PNM image:
warning: 2 of 4 files could not be read and were skipped
images of another shape than 2x2: 1 of 2, with a margin no" "--skip-broken names and counts"
ok "with the others as they are" test -s out.npy
fails 1 "broken/d.pgm: an image of 1x3x1, but the first in broken/a.pgm has 2x2x1; 'pg-prep --resize 2x2' makes" \
    "another size is no damage" pg-prep --skip-broken -o none broken
rm broken/a.pgm broken/d.pgm
fails 1 "broken: no picture is left of 2 files; broken/b.JPG: a web page" "none is left" \
    pg-prep --skip-broken -o none broken
ok "and no output" test ! -e none
ln -s nothing broken/gone.pgm && cp plain/a.pgm broken
like "$(messages --skip-broken broken)" "skipped: broken/gone.pgm: is a link to something that is not there" \
    "a link to nothing is skipped"
if [ "$(id -u)" -ne 0 ]; then
    cp plain/a.pgm broken/locked.pgm && chmod 0 broken/locked.pgm
    like "$(messages --skip-broken broken)" "skipped: broken/locked.pgm: cannot open" "a locked file is skipped"
    chmod 600 broken/locked.pgm
fi
is "$(messages --skip-broken plain/a.pgm gone.pgm | tail -n 2 | head -n 1 | cut -c1-35)" \
    "warning: skipped: gone.pgm: cannot " "files by their names, too"
fails 1 "gone.pgm: cannot open" "without it, the first is an error" pg-prep -o none plain/a.pgm gone.pgm

# Nested folders.
grey deep/ant/a.pgm && grey deep/ant/x/b.pgm 1 && grey deep/ant/x/y/c.pgm 2 && grey deep/bee/z/d.pgm 3
grey deep/top.pgm 4 && grey deep/ant/.hidden/e.pgm && echo text >deep/notes
is "$(messages deep)" "classes: 0 ant, 1 bee
1 example of image 2x2x1, label, name, class; 0: 1
warning: 2 files beside class folders with 1 image were passed over: deep/notes, deep/top.pgm; \
--recursive reads what is beside class folders, too
warning: 2 folders with 3 images were passed over: deep/ant/x, deep/bee/z; --recursive reads them
warning: deep/bee: has no picture, so none has its label 1" "what is passed over is counted in images"
is "$(messages --recursive deep)" "classes: 0 ant, 1 bee
5 examples of image 2x2x1, label, name, class; 0: 3, 1: 1, unlabelled: 1
warning: 1 file that is no picture was passed over: plain text (1, such as deep/notes)" "--recursive reads all"
is "$(names out.npy)" "top.pgm ant/a.pgm ant ant/x/b.pgm ant ant/x/y/c.pgmant bee/z/d.pgm bee " \
    "files before folders, in the order of their names"
ln -s .. deep/ant/up && ln -s x deep/ant/again && ln -s ../ant deep/bee/ant
is "$(summary --recursive deep)" "5 examples of image 2x2x1, label, name, class; 0: 3, 1: 1, unlabelled: 1" \
    "links in a circle come to an end"
like "$(messages --recursive deep)" "3 links to folders that are read anyway were passed over" "and are told"
like "$(messages deep)" "folders with [0-9]* images were passed over" "so does the count"
for j in 1 2 5; do pg-prep -q -j $j --recursive -o j$j.npy deep; done
ok "the number of threads changes nothing" cmp j1.npy j2.npy
ok "however many" cmp j1.npy j5.npy

# Names: no longer than needed, kept with their images.
like "$(tail -c +11 j1.npy | head -n 1)" "\('name', '.S17'\), \('class', '.S3'\)" "as wide as the longest"
pg-prep -q --shuffle -s 3 -o a.npy j1.npy
is "$(names a.npy | tr ' ' '\n' | sort | tr '\n' ' ')" "$(names j1.npy | tr ' ' '\n' | sort | tr '\n' ' ')" \
    "all names are there after shuffling"
pg-prep -q --split 2/5 -o a.npy j1.npy
is "$(names a.npy)" "ant/a.pgm ant " "the second of five"
pg-prep -q --classes 1 --resize 4 -o a.npy j1.npy
is "$(names a.npy)" "bee/z/d.pgm bee " "the class that was chosen, resized"
pg-prep -q --keep-labels 2 -o a.npy j1.npy
is "$(names a.npy | wc -w)" 7 "a label that is dropped loses its class, and no name"
is "$(summary --no-names --recursive deep)" "5 examples of image 2x2x1, label; 0: 3, 1: 1, unlabelled: 1" "--no-names"
is "$(summary plain/a.pgm)" "1 example of image 2x2x1" "one file has no name"
is "$(summary --keep-names plain/a.pgm)" "1 example of image 2x2x1, name" "--keep-names"
yes 7 | head -n 5 >labels
is "$(summary --recursive --labels labels deep)" "5 examples of image 2x2x1, label, name; 7: 5" \
    "other labels than those of the classes"
grey longer/"$(printf '%0200d' 0)"/a.pgm
is "$(summary deep longer 2>&1)" "" "classes of another folder must be those of the first"
is "$(messages --recursive plain longer/* | head -n 1)" "3 examples of image 2x2x1, name" \
    "several folders, of which the second has the longest name"

# Lists.
grey "odd/with blank.pgm" 1 && grey "odd/two
lines.pgm" 2 && grey "odd/höhe.pgm" 3 && grey "odd/ta	b.pgm" 4
is "$(find odd -name '*.pgm' -print0 | summary --list -)" "4 examples of image 2x2x1, name" "find -print0"
is "$(find odd -print0 | messages -0 --list - | tail -n 1)" "warning: 1 folder in the list was passed over: odd" \
    "folders in a list are counted"
printf 'odd/with blank.pgm\nodd/höhe.pgm\r\n\nodd/ta\tb.pgm' >list
is "$(summary --list list)" "3 examples of image 2x2x1, name" "lines"
printf 'plain/c.pgm\tcat\nplain/a.pgm\tant\nplain/a.pgm\nplain/c.pgm\t-1\n' >list
is "$(messages --list list)" "classes: 0 ant, 1 cat
4 examples of image 2x2x1, label, name, class; 0: 1, 1: 1, unlabelled: 2" "labels by name"
is "$(names out.npy)" "plain/c.pgmcat plain/a.pgmant plain/a.pgm plain/c.pgm " "in the order of the list"
printf 'plain/c.pgm\t12\nplain/a.pgm\t3\n' >list
is "$(messages --list list --classes-to classes)" \
    "2 examples of image 2x2x1, label, name, class; 3: 1, 12: 1" "labels that are numbers"
printf 'plain/a.pgm\ngone.pgm\nmixed/README\n' >list
fails 1 "gone.pgm: cannot open" "a file that is not there" pg-prep -o none --list list
is "$(messages --skip-broken --list list | head -n 1)" "1 example of image 2x2x1, name" "or is skipped"
: >list
fails 1 "list: names no file" "an empty list" pg-prep -o none --list list
fails 1 "data.npy: a tensor stream.*, not a list of paths" "no list" pg-prep -o none --list data.npy
fails 1 "nolist: cannot open" "a list that is not there" pg-prep -o none --list nolist
fails 2 "--list: there are files, too" "a list and files" pg-prep --list list plain
fails 2 "--null: only with --list" "--null alone" pg-prep --null plain
printf 'plain/a.pgm\nplain/c.pgm\n' >list
fails 1 "3 labels, and .*2 images" "labels that are too many" sh -c \
    'yes 1 | head -n 3 >three && pg-prep -o none --labels three --list list'

# Transparent parts: black on nothing is to be seen, and so is white.
pam() { printf 'P7\nWIDTH 2\nHEIGHT 1\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s_ALPHA\nENDHDR\n' "$1" "$2"; }
mkdir clear
{ pam 2 GRAYSCALE; printf '\000\377\000\000'; } >clear/dark.pam
{ pam 2 GRAYSCALE; printf '\377\377\377\000'; } >clear/light.pam
{ pam 2 GRAYSCALE; printf '\000\377\100\377'; } >clear/solid.pam
raw() { pg-prep -q -o r.npy "$@" && tail -c 2 r.npy | od -An -tu1 | tr -s ' '; }
is "$(raw clear/dark.pam)" " 0 255" "black lies on white"
is "$(raw clear/light.pam)" " 255 0" "white lies on black"
is "$(raw --background 9 clear/light.pam)" " 255 9" "--background with a grey"
is "$(raw --background white clear/light.pam)" " 255 255" "white"
is "$(raw --background '#102030' clear/dark.pam)" " 0 29" "a colour has a grey"
is "$(raw --background '#fff' clear/dark.pam)" " 0 255" "in short"
is "$(messages clear | tail -n 1)" "pictures with transparent parts: 2 of 3; 1 laid on white, 1 that is nearly \
white laid on black; --background chooses a colour" "they are counted"
is "$(messages --background '#010203' clear | tail -n 1)" \
    "pictures with transparent parts: 2 of 3, laid on #010203" "on a given colour, too"
for colour in red '#12' '#12345' '#12345g' 256 -1 ''; do
    fails 2 "--background: '$colour' is not|--background" "no colour: '$colour'" pg-prep --background "$colour"
done

# Shapes: nothing is distorted unless that is wanted.
printf 'P2 4 2 255 10 20 30 40  50 60 70 80\n' >wide.pgm
fit() { pg-prep -q --resize 2 -o r.npy "$@" wide.pgm && tail -c 4 r.npy | od -An -tu1 | tr -s ' '; }
is "$(fit)" " 35 55 45 45" "a margin of the mean of the edge" || :
is "$(fit --fit stretch)" " 15 35 55 75" "--fit stretch"
is "$(fit --fit crop)" " 20 30 60 70" "--fit crop"
printf 'P2 8 2 255 0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0\n' >wide.pgm
is "$(pg-prep -q --resize 4 --background 9 -o r.npy wide.pgm && tail -c 16 r.npy | od -An -v -tu1 | tr -s ' \n' ' ')" \
    " 9 9 9 9 0 0 0 0 9 9 9 9 9 9 9 9 " "a margin of --background"
is "$(messages --resize 4 wide.pgm | tail -n 1)" \
    "images of another shape than 4x4: 1 of 1, with a margin now; --fit crop or --fit stretch leaves none" \
    "which is told"
is "$(messages --resize 4 plain)" "2 examples of image 4x4x1, name" "of squares nothing is said"
fails 2 "--fit: 'both' is not pad, crop or stretch" "--fit both" pg-prep --fit both
# Images that show nothing, and images that are alike.
mkdir void same
for i in 1 2 3 4 5; do printf 'P2 2 2 255 9 9 9 9\n' >void/$i.pgm; done
like "$(messages void | tail -n 1)" "^warning: 5 of 5 images are of a single colour" "images of one colour"
for i in $(seq 10 30); do grey same/$i.pgm 7; done
is "$(messages same | tail -n 1)" "warning: 20 of 21 images are the same as one before them" "images that are alike"
for i in $(seq 10 30); do grey same/$i.pgm "$i"; done
is "$(messages same)" "21 examples of image 2x2x1, name" "and images that are not"
printf 'P2 1 1 255 7\n' >dot.pgm
is "$(messages dot.pgm dot.pgm dot.pgm dot.pgm dot.pgm)" "5 examples of image 1x1x1, name" "one pixel has one colour"
done_testing
