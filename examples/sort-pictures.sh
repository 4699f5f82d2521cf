#!/bin/sh
# From a folder of pictures to named, sorted ones, without labels.
#   sort-pictures.sh FOLDER OUTPUT [OPTION OF pg-train]...
# Finds groups of like pictures in FOLDER, also in folders within it, and makes in OUTPUT:
#   clusters.html   a page to look at the groups and to name them
#   clusters.png    the surest members of each group
#   table.tsv       the group of each picture, by its file name
#   outliers.tsv    pictures that fit nothing
#   sorted/NAME/    links to the pictures of each group
# Name the groups on the page, put the file that it saves to OUTPUT/names.tsv and run the same
# command again: it trains nothing, and sorts by those names. From the environment:
#   CATEGORIES  groups to find at most, some more than you expect  (20)
#   SIZE        pixels per side that pictures are brought to       (32)
#   EPOCHS      passes over the pictures                           (pg-train's default)
#   THREADS     threads                                            (one per core)
set -eu
usage="usage: sort-pictures.sh FOLDER OUTPUT [OPTION OF pg-train]..."
folder=${1:?$usage}
output=${2:?$usage}
shift 2
LC_ALL=C
export LC_ALL

mkdir -p "$output"
folder=$(cd "$folder" && pwd -P)
if [ ! -f "$output/model.safetensors" ]; then
    pg-prep --recursive --skip-broken --resize "${SIZE:-32}" ${THREADS:+-j "$THREADS"} \
        -o "$output/pictures.npy" "$folder"
    pg-train --prior "categorical:${CATEGORIES:-20}" ${EPOCHS:+-e "$EPOCHS"} \
        ${THREADS:+-j "$THREADS"} "$@" -o "$output/training.safetensors" "$output/pictures.npy"
    mv "$output/training.safetensors" "$output/model.safetensors"
fi

set --
[ ! -f "$output/names.tsv" ] || set -- --names "$output/names.tsv" --remember
pg-classify -m "$output/model.safetensors" ${THREADS:+-j "$THREADS"} "$@" \
    --page "$output/clusters.html" --sheet "$output/clusters.png" \
    --outliers "$output/outliers.tsv" -o "$output/table.tsv" "$output/pictures.npy"

# Lines of group, tab and name of a picture; a group without a name goes by its number. What a
# folder cannot be called is changed.
groups() {
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        at["name"] && $at["name"] != "" {
            group = "cluster-" $at["cluster"]
            if (at["predicted_label"] && $at["predicted"] != "-") group = $at["predicted"]
            gsub("/", "_", group)
            sub("^[.]", "_", group)
            print group "\t" $at["name"]
        }' "$output/table.tsv"
}

# Only links are replaced: what somebody has put there stays.
if [ -e "$output/sorted" ] && [ -n "$(find "$output/sorted" ! -type l ! -type d | head -n 1)" ]; then
    echo "sort-pictures.sh: $output/sorted: has files that are no links; move it away" >&2
    exit 1
fi
rm -rf "$output/sorted" "$output/sorting"
mkdir "$output/sorting"
tab=$(printf '\t')
groups | while IFS=$tab read -r group name; do
    name=$(printf '%b.' "$name") # \\ \t \n \r; the dot keeps a line's end at the end
    name=${name%.}
    case $name in
    */*) mkdir -p "$output/sorting/$group/${name%/*}" ;;
    *) mkdir -p "$output/sorting/$group" ;;
    esac
    ln -s "$folder/$name" "$output/sorting/$group/$name"
done
mv "$output/sorting" "$output/sorted"
