# The examples of the pages and the pipelines of the README run, on a few digits.
. "$srcdir/tests/tap.sh"
command -v bash >/dev/null || skip_all "no bash"

# What the examples of a page find: files by the names the pages use.
few_digits() # FOLDER
{
    mkdir -p "$1" && sh "$srcdir/examples/data/cut" "$srcdir/examples/data" "$1" 200 50 && (
        cd "$1" || exit 1
        pg-prep --labels train-labels-idx1-ubyte.gz train-images-idx3-ubyte.gz >train.npy &&
            pg-prep --labels t10k-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz >test.npy &&
            cp test.npy digits.npy &&
            pg-train -q --prior categorical:30 --set features=8 --set blocks=1 -e 1 \
                -o digits.safetensors train.npy && mkdir -p photos/a photos/b &&
            pg-sample -q -m digits.safetensors -n 40 --each -o photos/a/%d.png &&
            pg-sample -q -m digits.safetensors -n 40 --each -o photos/b/%d.png
    ) 2>"$1.err" || { cat "$1.err" >&2; false; }
}

# Writes the blocks to FOLDER/1, FOLDER/2, ...: in a page between .EX and .EE
# of EXAMPLES, in the README the indented ones of "Your own pictures" and "Pipelines", but for
# outputs, which begin with the name of a tool and a colon.
blocks_of_page()
{
    awk -v folder="$2" '
        /^\.SH/ { examples = /EXAMPLES/ }
        /^\.EX/ && examples { out = folder "/" ++count; next }
        /^\.EE/ { out = "" }
        out != "" {
            gsub(/\\-/, "-"); gsub(/\\\(aq/, "'\''"); gsub(/\\\(dq/, "\""); gsub(/\\\(ti/, "~")
            gsub(/\\\(ha/, "^"); gsub(/\\\(ga/, "`"); gsub(/\\&/, ""); gsub(/\\e/, "\\")
            print >out
        }' "$1"
}

blocks_of_readme()
{
    awk -v folder="$2" '
        /^## / { pipelines = /Pipelines|Your own pictures/ }
        pipelines && /^    pg-[a-z]*: / { output = 1 }
        pipelines && /^    / && !output {
            if (out == "") out = folder "/" ++count
            print substr($0, 5) >out
        }
        /^[^ ]/ { out = ""; output = 0 }' "$1"
}

# Why a block cannot run here, if so: a program that is missing.
missing_for()
{
    for program in pnmtopng pngtopnm pnmscale pnmtojpeg gnuplot python3 parallel jq; do
        grep -q -w "$program" "$1" || continue
        command -v "$program" >/dev/null || { echo "$program"; return; }
    done
    for module in numpy safetensors; do
        grep -q "import.*$module\|from $module" "$1" || continue
        python3 -c "import $module" 2>/dev/null || { echo "$module"; return; }
    done
}

# What the examples leave in files, NumPy reads to the end, or it refuses them.
cat >"$work/whole.py" <<'END'
import sys
import numpy
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        try:
            numpy.load(file)
        except ValueError as why:
            assert 'chunked' in str(why), (path, why)
            continue
        assert not file.read(1), path + ': numpy.load leaves something out, and says nothing'
END

check_arrays() # NAME
{
    if ! python3 -c "import numpy" 2>/dev/null; then
        tap_report 0 "$1: arrays # SKIP no numpy"
        return
    fi
    ok "$1: NumPy sees the whole of each file" \
        find "$work/$1" -name '*.npy' -exec python3 "$work/whole.py" {} +
}

run_blocks() # NAME BLOCKS
{
    few_digits "$work/$1" || { tap_report 1 "data for $1"; return; }
    for i in $(seq "$(find "$2" -type f | wc -l)"); do
        missing=$(missing_for "$2/$i")
        if [ -n "$missing" ]; then tap_report 0 "$1, example $i # SKIP no $missing"; else
            ok "$1, example $i" sh -c 'cd "$1" && exec bash -e -o pipefail "$2"' sh "$work/$1" "$2/$i"
        fi
    done
    check_arrays "$1"
}

# Programs of ours before those in PATH: a pg-train that ends after two epochs,
# whatever an example says, and a python3 that has NumPy, PYTHON before others.
shim() # NAME COMMAND
{
    mkdir -p "$work/bin"
    printf '#!/bin/sh\nexec %s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

shim pg-train "\"$(command -v pg-train)\" \"\$@\" -e 2"
for python in "${PYTHON-}" python3 /usr/bin/python3 ""; do
    [ -z "$python" ] || ! "$python" -c "import numpy" 2>/dev/null || break
done
shim sort-pictures.sh "sh \"$srcdir/examples/sort-pictures.sh\" \"\$@\""
[ -z "$python" ] || shim python3 "\"$(command -v "$python")\" \"\$@\""
PATH=$work/bin:$PATH

for page in "$srcdir"/man/*.[1-9]; do
    name=$(basename "$page")
    mkdir "$work/blocks-$name"
    blocks_of_page "$page" "$work/blocks-$name"
    run_blocks "$name" "$work/blocks-$name"
done
mkdir "$work/blocks-README.md"
blocks_of_readme "$srcdir/README.md" "$work/blocks-README.md"
run_blocks README.md "$work/blocks-README.md"
done_testing
