#!/bin/sh
# The models of the lineage on the same data, briefly trained: one page of
# pictures and a table of what each knows.
#   family.sh DATA_FOLDER OUTPUT_FOLDER [EPOCHS]
# DATA_FOLDER holds MNIST's four files (IDX, gzipped); the tools are found
# through PATH, and netpbm puts the pictures together. THREADS in the environment:
# one per core. A model that is there already is not trained again.
set -eu
usage='usage: family.sh DATA_FOLDER OUTPUT_FOLDER [EPOCHS]'
data=${1:?$usage}
output=${2:?$usage}
epochs=${3:-20}
threads=${THREADS:-$(nproc)}
mkdir -p "$output"

for split in train t10k; do
    pg-prep -q --labels "$data/$split-labels-idx1-ubyte.gz" "$data/$split-images-idx3-ubyte.gz" \
        -o "$output/$split.npy"
done
cd "$output"

# ---- Training and measuring ----

train() # NAME OPTION...
{
    name=$1
    shift
    [ -e "$name.safetensors" ] && return
    echo "training $name"
    pg-train -q -j "$threads" "$@" --epochs "$epochs" -o "$name.part" train.npy
    mv "$name.part" "$name.safetensors"
}

plane='--prior gaussian:2'
for field in 9 full; do
    train "pixelcnn-$field" --model pixelcnn --receptive-field $field
done
train conditional-pixelcnn --model conditional-pixelcnn
train vae --model vae $plane
train vae-50 --model vae
train aae --model aae
train aae-mixture --model aae --prior mixture:10
train aae-informed --model aae --prior mixture:10 --supervise
train aae-categorical --model aae --prior categorical:10 --posterior noise
for field in 9 full; do
    train "pixelvae-$field" --model pixelvae $plane --receptive-field $field
done
train vlae --model vlae
for field in 5 9 17 full; do
    train "pixelgan-$field" --model pixelgan $plane --posterior deterministic \
        --receptive-field $field
done
train pixelgan-categorical --model pixelgan --prior categorical:10

value() # KEY FILE
{
    awk -F '\t' -v key="$1" '$1 == key { print $2; found = 1 } END { if (!found) print "-" }' "$2"
}

# A row of the table: a PixelCNN has no codes to vote.
measure() # NAME
{
    votes='--knn train.npy'
    case $1 in *pixelcnn*) votes= ;; esac
    pg-encode -j "$threads" -m "$1.safetensors" --no-codes --nll --importance 16 $votes \
        --report-tsv "$1.tsv" t10k.npy
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(value nll "$1.tsv")" \
        "$(value nll_kind "$1.tsv")" "$(value decoder_information "$1.tsv")" \
        "$(value information "$1.tsv")" "$(value kl "$1.tsv")" \
        "$(value knn_error "$1.tsv" | awk '{ print $1 == "-" ? "-" : 1 - $1 }')"
}

echo measuring
{
    printf 'model\tnll\tnll_kind\tdecoder_information\tinformation\tkl\tknn_accuracy\n'
    for model in pixelcnn-9 pixelcnn-full conditional-pixelcnn vae vae-50 aae aae-mixture \
        aae-informed aae-categorical pixelvae-9 pixelvae-full vlae pixelgan-5 pixelgan-9 \
        pixelgan-17 pixelgan-full pixelgan-categorical; do
        measure $model
    done
} >table.part
mv table.part table.tsv

# ---- Pictures ----

# A picture on standard input under a line of text.
captioned() # TEXT
{
    cat >caption.body
    pbmtext -builtin fixed "$1" >caption.text
    pnmcat -tb -jleft -white caption.text caption.body
    rm caption.body caption.text
}

# Pictures beside or below each other, with room between them.
beside() { spaced pnmpad -white -right 16 -- -lr -jtop "$@"; }
below() { spaced pnmpad -white -bottom 12 -- -tb -jleft "$@"; }
spaced() # PADDING... -- PNMCAT_OPTION OPTION FILE...
{
    padding=
    while [ "$1" != -- ]; do
        padding="$padding $1"
        shift
    done
    direction=$2 justified=$3
    shift 3
    for file; do
        $padding "$file" >"$file.padded"
        set -- "$@" "$file.padded"
        shift
    done
    pnmcat $direction $justified -white "$@"
    rm "$@"
}

sample() # MODEL OPTION...
{
    model=$1
    shift
    pg-sample -q -j "$threads" -m "$model.safetensors" "$@"
}

echo drawing
# Three ways: sharp and right as a whole; sharp only; right as a whole only.
sample pixelgan-9 --grid 10x10 | captioned 'PixelGAN, 2-D Gaussian, field 9' >three-1.ppm
sample pixelcnn-9 --grid 10x10 | captioned 'PixelCNN, field 9' >three-2.ppm
sample aae --grid 10x10 --mean | captioned 'AAE, 2-D Gaussian (means)' >three-3.ppm
beside three-?.ppm >three.ppm

# Where the digits lie in the code, and what the code says there.
plane_of() # NUMBER MODEL TEXT
{
    pg-encode -q -j "$threads" -m "$2.safetensors" --no-codes --scatter - --size 320 t10k.npy |
        captioned "$3" >plane-$1-above.ppm
    sample "$2" --manifold 10 --mean >plane-$1-below.ppm
    below plane-$1-above.ppm plane-$1-below.ppm >plane-$1.ppm
    rm plane-$1-above.ppm plane-$1-below.ppm
}
plane_of 1 pixelgan-9 'PixelGAN, field 9'
plane_of 2 pixelgan-full 'PixelGAN, full field'
plane_of 3 aae 'AAE, Gaussian'
plane_of 4 aae-mixture 'AAE, mixture of 10'
plane_of 5 aae-informed 'AAE, mixture of 10, with labels'
plane_of 6 vae 'VAE'
beside plane-?.ppm >planes.ppm

# Global or local: each row is one code, drawn ten times.
number=0
for field in 5 9 17 full; do
    number=$((number + 1))
    sample pixelgan-$field --grid 8x10 --repeat 10 |
        captioned "PixelGAN, field $field: a code a row" >field-$number.ppm
done
beside field-?.ppm >fields.ppm

# Discrete or continuous: each row is one category, or one class.
sample pixelgan-categorical --grid 10x12 |
    captioned 'PixelGAN: a category a row' >category-1.ppm
sample aae-categorical --grid 10x12 --mean |
    captioned 'AAE: a category a row (means)' >category-2.ppm
sample conditional-pixelcnn --grid 10x12 |
    captioned 'conditional PixelCNN: a class a row' >category-3.ppm
beside category-?.ppm >categories.ppm

awk -F '\t' '{
    printf "%-22s %9s %-12s %20s %12s %9s %13s\n", $1, shown($2), $3, shown($4), shown($5),
        shown($6), shown($7)
}
function shown(x) { return x ~ /^-?[0-9.]/ ? sprintf("%.2f", x) : x }' table.tsv |
    pbmtext -builtin fixed >table.ppm

below three.ppm planes.ppm fields.ppm categories.ppm table.ppm | pnmpad -white -left 16 -top 12 |
    pnmtopng >page.png
for picture in three planes fields categories; do
    pnmtopng $picture.ppm >$picture.png
done
rm ./*.ppm

echo "the page: $output/page.png"
echo "the table: $output/table.tsv"
