# Files of other kinds: whoever reads one says in a line what it is, and what to do.
. "$srcdir/tests/tap.sh"
in=$work/in
mkdir "$in" && "$builddir/tests/prep/fixtures" "$in" || exit 99
cd "$work" || exit 99
small="-q -j 1 -e 1 --set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set batch=8 --prior categorical:3"
pg-prep -q -o data.npy "$in/good-images.idx"
# shellcheck disable=SC2086
pg-train $small -o model data.npy || exit 99

# The files: a name, and what it is called.
printf 'GIF89a\001\000' >gif
printf '<!DOCTYPE html>\n<html><body>404</body></html>\n' >html
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n' >lfs
printf 'PK\003\004\024\000\000\000' >zip
printf '\200\004\225\020\000\000\000' >pickle
printf '\211HDF\r\n\032\n\000' >hdf5
printf 'MATLAB 7.3 MAT-file, Platform: GLNXA64' >matlab73
printf 'qoif\000\000\000\001' >qoi
printf '\377\117\377\121\000' >jp2
printf '\3757zXZ\000\000\004' >xz
printf 'Dear reader\n' >text
: >empty
names="gif:a.GIF.picture html:a.web.page lfs:a.Git.LFS.pointer zip:a.zip.archive
pickle:a.Python.pickle hdf5:HDF5.data matlab73:a.MATLAB.file.of.version.7.3 qoi:a.QOI.picture
jp2:a.JPEG.2000.picture xz:xz.data text:plain.text empty:empty"

for pair in $names; do
    file=${pair%%:*} name=${pair#*:}
    fails 1 "^pg-prep: $file: $name" "$file as a data set" pg-prep -q -o out $file
    fails 1 "^pg-prep: standard input: $name" "$file from a pipe" sh -c "cat $file | pg-prep -q -o out"
    gzip -c $file >$file.gz
    fails 1 "^pg-prep: $file.gz: $name" "$file in gzip" pg-prep -q -o out $file.gz
    rm -rf pictures && mkdir -p pictures/a && cp $file pictures/a
    fails 1 "^pg-prep: pictures/a/$file: $name" "$file in a folder of pictures" \
        pg-prep -q -o out pictures
    for format in idx png pnm norb npy cifar10; do
        fails 1 "^pg-prep: $file: $name" "$file as $format" pg-prep -q -o out --from $format $file
    done
    [ $file = text ] || fails 1 "^pg-prep: $file: $name" "$file as labels" \
        pg-prep -q -o out --labels $file "$in/good-images.idx"
    fails 1 "^pg-train: $file: $name" "$file to train on" pg-train $small -o out $file
    fails 1 "^pg-train: $file: $name" "$file as a checkpoint" \
        pg-train $small -o out --resume $file data.npy
    fails 1 "^pg-encode: $file: $name" "$file to encode" pg-encode -q -m model -o out $file
    fails 1 "^pg-encode: $file: $name" "$file as a model" pg-encode -q -m $file -o out data.npy
    fails 1 "^pg-classify: $file: $name" "$file to classify" pg-classify -q -m model -o out $file
    fails 1 "^pg-classify: $file: $name" "$file as a reference" \
        pg-classify -q -m model --reference $file -o out data.npy
    fails 1 "^pg-sample: $file: $name" "$file as codes" \
        pg-sample -q -m model --codes $file -o out
    fails 1 "^pg-sample: $file: $name" "$file as a model of images" pg-sample -q -m $file -o out
done
ok "no output is left" test ! -e out

# Our own kinds in each other's place.
fails 1 "model: a model file .*pg-sample -m FILE" "a model as a data set" pg-prep -q -o out model
fails 1 "model: a model file .*with -m" "a model as a stream" pg-encode -q -m model -o out model
fails 1 "data.npy: a tensor stream .*pg-train -o FILE" "a stream as a model" \
    pg-encode -q -m data.npy -o out data.npy
fails 1 "data.npy: a tensor stream .*numpy.savetxt" "a stream as labels" \
    pg-prep -q -o out --labels data.npy data.npy
fails 1 "good-rgb.png: a PNG picture.*pg-prep FILE" "a picture as a stream" \
    pg-encode -q -m model -o out "$in/good-rgb.png"
fails 1 "good-images.idx: IDX data.*pg-prep FILE" "IDX as a stream" \
    pg-encode -q -m model -o out "$in/good-images.idx"
fails 1 "good-rgb.png: a PNG picture, not an IDX file.*without --from" "a picture as IDX" \
    pg-prep -q -o out --from idx "$in/good-rgb.png"

# Advice on --from stands only where it helps.
cp "$in/good-cifar.bin" cifar
fails 1 "cifar: its first bytes tell no format.*--from cifar10" "CIFAR by another name" \
    pg-prep -q -o out cifar
ok "and with it" pg-prep -q -o out --from cifar10 cifar
printf '\001\002\003\004\005\006\007\010\011' >unknown
fails 1 "unknown: not a format .*begins with 01 02 03 04 05 06 07 08; 'pg-prep --from list'" \
    "bytes of no kind" pg-prep -q -o out unknown
done_testing
