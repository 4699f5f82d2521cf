# pg-encode: fields, pictures, reports, refusals.
. "$srcdir/tests/tap.sh"
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99

header() # FILE
{
    head -c 512 "$1" | tr -d '\0' | head -n 1
}

value() # KEY FILE
{
    awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$2"
}

pg-encode -m digits.safetensors test.npy >codes.npy
like "$(header codes.npy)" "'label', '<i4'.*'code', '<f4', \(5,\)" "codes and labels"
like "$(header codes.npy)" "\(700,\)" "of all images in one array"
ok "-o writes the same" pg-encode -m digits.safetensors -o same.npy test.npy
ok "byte for byte" cmp codes.npy same.npy
pg-encode -m digits.safetensors <test.npy >same.npy
ok "and reads standard input" cmp codes.npy same.npy
pg-encode -m - test.npy <digits.safetensors >same.npy
ok "the model too" cmp codes.npy same.npy
pg-encode -m digits.safetensors --pass image,label test.npy | pg-encode -m digits.safetensors >same.npy
ok "images passed on are encoded again alike" cmp codes.npy same.npy
pg-encode -m digits.safetensors --pass none test.npy >bare.npy
like "$(header bare.npy)" "'descr': \[\('code', '<f4', \(5,\)\)\]" "nothing is passed on when asked"
pg-encode -m digits.safetensors --pass image plain.npy >images.npy
like "$(header images.npy)" "'image', '\|u1', \(8, 9, 1\).*'code'" "images passed on"
pg-encode -m digits.safetensors plain.npy >bare.npy
is "$(header bare.npy | grep -c label)" 0 "no label where there is none"
pg-encode -m digits.safetensors none.npy >none-codes.npy
like "$(header none-codes.npy)" "\(0,\)" "no examples, no codes"
cat test.npy digits.npy | pg-encode -m digits.safetensors >both.npy
like "$(header both.npy)" "\(790,\)" "streams may be concatenated"


# Names of files and classes go along.
for class in ant bee; do
    mkdir -p named/$class
    for i in 1 2; do
        { echo 'P2 9 8 255'; awk -v i=$i 'BEGIN { for (k = 0; k < 72; k++) print (k * i) % 256 }'; } \
            >named/$class/$i.pgm
    done
done
pg-prep -q -o named.npy named
pg-encode -m digits.safetensors named.npy >codes-named.npy
like "$(header codes-named.npy)" "'label', '<i4'.*'code'.*'name', '\|S9'\), \('class', '\|S3'" "names are passed on"
is "$(grep -a -o -E '(ant|bee)/[12].pgm(ant|bee)' codes-named.npy | tr '\n' ' ')" \
    "ant/1.pgmant ant/2.pgmant bee/1.pgmbee bee/2.pgmbee " "each with its image"
pg-encode -m digits.safetensors --pass name named.npy >names.npy
like "$(header names.npy)" "'descr': \[\('code', '<f4', \(5,\)\), \('name', '\|S9'\)\]" "the name alone"
fails 1 "no class to pass on; leave class out" "no classes" pg-encode -m digits.safetensors --pass class test.npy
is "$(cat codes-named.npy codes-named.npy | pg-prep -o twice.npy 2>&1 | grep -c 'name, class')" 1 "they are read again"

pg-encode -m plane.safetensors --sample -s 1 test.npy >one.npy
pg-encode -m plane.safetensors --sample -s 1 test.npy >again.npy
pg-encode -m plane.safetensors --sample -s 2 test.npy >two.npy
pg-encode -m plane.safetensors test.npy >mean.npy
ok "the same seed draws the same" cmp one.npy again.npy
fails_to_match() { ! cmp -s "$1" "$2"; }
ok "another seed draws other codes" fails_to_match one.npy two.npy
ok "the mean is not a draw" fails_to_match one.npy mean.npy

pg-encode -m plane.safetensors --nll test.npy >nll.npy
like "$(header nll.npy)" "'code', '<f4', \(2,\)\), \('nll', '<f4'\)" "a field nll"
pg-encode -m none.safetensors --nll test.npy >nll.npy
like "$(header nll.npy)" "\[\('label', '<i4'\), \('nll', '<f4'\)\]" "without codes for a model without"
pg-encode -m none.safetensors --no-codes --nll --report-tsv none.val test.npy
like "$(value nll none.val)" "^[0-9.]+$" "the mean likelihood of a PixelCNN"

pg-encode -m digits.safetensors --no-codes --report-tsv digits.val test.npy >nothing
is "$(wc -c <nothing)" 0 "--no-codes: no stream"
is "$(value examples digits.val) $(value labelled digits.val) $(value categories digits.val)" \
    "700 630 5" "counts"
is "$(awk '$1 == "usage_entropy" { h = $2 } $1 == "usage_kl" { kl = $2 }
    END { print (h + kl > 1.60943 && h + kl < 1.60945) }' digits.val)" 1 "entropy and KL make log K"
pg-encode -m space.safetensors --no-codes --nll --report-tsv space.val --limit 300 test.npy
is "$(value statistics_examples space.val)" 300 "--limit"
for key in nll nll_standard_error bits_per_dimension kl_moments kl_neighbours kolmogorov \
    mardia_skewness mardia_kurtosis; do
    like "$(value $key space.val)" "^-?[0-9.e+-]+$" "$key"
done
pg-encode -m space.safetensors --no-codes --report test.npy 2>report
like "$(cat report)" "KL .* nats by moments" "a report for people"
ok "a report of nothing" pg-encode -m space.safetensors --no-codes --report none.npy
pg-encode -m space.safetensors --no-codes --knn digits.npy -k 1 --report-tsv knn.val digits.npy
is "$(value knn_error knn.val)" 0 "each image is its own nearest neighbour"
is "$(value knn_neighbours knn.val)" 1 "the only one asked"
pg-encode -m space.safetensors --no-codes --knn digits.npy test.npy 2>report
like "$(cat report)" "5-nearest vote +error [0-9.]+ %" "--knn reports by itself"

pg-encode -m plane.safetensors --no-codes --scatter plane.png --size 200 test.npy
is "$(head -c 4 plane.png | tail -c 3)" "PNG" "a picture in PNG"
pg-encode -m space.safetensors --scatter space.ppm -o space.npy test.npy
is "$(head -c 2 space.ppm)" "P6" "or in PPM"
is "$(sed -n 2p space.ppm)" "640 640" "of the usual size"
pg-encode -m space.safetensors --no-codes --scatter - test.npy >stdout.ppm
ok "or on standard output" cmp space.ppm stdout.ppm
ok "a picture of no codes" pg-encode -m plane.safetensors --no-codes --scatter none.png none.npy

fails 2 "model is needed" "no model" pg-encode test.npy
fails 2 "nothing is left to do" "nothing to do" pg-encode -m digits.safetensors --no-codes test.npy
fails 2 "one file only" "standard input twice" pg-encode -m - -
fails 2 "can be one file only" "standard output twice" pg-encode -m digits.safetensors --scatter - test.npy
fails 2 "--pass: 'labels'" "no such field" pg-encode -m digits.safetensors --pass labels test.npy
fails 2 "--pass: 'image,'" "half a list" pg-encode -m digits.safetensors --pass image, test.npy
fails 2 "--size" "too small a picture" pg-encode -m plane.safetensors --scatter x.png --size 1 test.npy
fails 2 "--limit" "no codes to draw" pg-encode -m plane.safetensors --limit 0 test.npy
fails 1 "no labels to pass" "no labels" pg-encode -m digits.safetensors --pass label plain.npy
fails 1 "--nll" "no code" pg-encode -m none.safetensors test.npy
fails 1 "no picture" "no code to draw" \
    pg-encode -m none.safetensors --no-codes --scatter none.png test.npy
fails 1 "9x8x3.*8x9x1.*pg-prep --resize 8x9 --grey" "another shape" \
    pg-encode -m digits.safetensors colour.npy
fails 1 "no images" "codes are not images" pg-encode -m digits.safetensors codes.npy
fails 1 "needs labels" "a reference without labels" \
    pg-encode -m plane.safetensors --no-codes --knn plain.npy test.npy
fails 1 "smaller k" "more votes than voters" \
    pg-encode -m plane.safetensors --no-codes --knn digits.npy -k 91 test.npy
fails 1 "No such file" "no such input" pg-encode -m digits.safetensors missing.npy
fails 1 "No such file" "no such model" pg-encode -m missing.safetensors test.npy
fails 1 "." "a folder as input" pg-encode -m digits.safetensors "$work"
: >empty.npy
fails 1 "empty.npy" "an empty file" pg-encode -m digits.safetensors empty.npy
head -c 30000 test.npy >cut.npy
fails 1 "cut.npy" "a truncated stream" pg-encode -m digits.safetensors -o cut-codes.npy cut.npy
ok "leaves no codes" test ! -e cut-codes.npy
is "$(ls | grep -c cut-codes)" 0 "nor a temporary file"
echo "P5 8 9 255" >picture.npy
fails 1 "picture.npy" "not a stream" pg-encode -m digits.safetensors picture.npy
fails 1 "missing" "no such folder to write to" \
    pg-encode -m digits.safetensors -o missing/codes.npy test.npy
fails 1 "missing" "no such folder for the picture" \
    pg-encode -m digits.safetensors --no-codes --scatter missing/codes.png test.npy
if [ -c /dev/full ]; then
    full() { pg-encode -m digits.safetensors "$@" test.npy >/dev/full; }
    fails 1 "No space" "a full disk" full
    fails 1 "No space" "a full disk by name" pg-encode -m digits.safetensors -o /dev/full test.npy
    fails 1 "No space" "a full disk for the report" \
        pg-encode -m digits.safetensors --no-codes --report-tsv /dev/full test.npy
fi
done_testing
