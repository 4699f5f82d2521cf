# What the README shows of the module runs: blocks of Python, and of commands with it.
. "$srcdir/tests/tap.sh"
command -v bash >/dev/null || skip_all "no bash"
need_python numpy
cd "$work" || exit 99
PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1
"$python" -c 'import sklearn.mixture' 2>/dev/null || PYTHONPATH=$PYTHONPATH:$srcdir/tests/python
export PYTHONPATH PYTHONDONTWRITEBYTECODE

# The indented blocks that name the module, each as 1.py or 1.sh and so on.
awk '
    function finish() {
        if (block ~ /pixelgan\.|-m pixelgan|plot-codes/) {
            name = ++count (block ~ /^import/ ? ".py" : ".sh")
            printf "%s", block >name
            print name
        }
        block = ""
    }
    /^    / { block = block substr($0, 5) "\n"; next }
    { finish() }
    END { finish() }' "$srcdir/README.md" >blocks

sh "$srcdir/examples/data/cut" "$srcdir/examples/data" . 200 60 || exit 99
pg-prep -q --labels train-labels-idx1-ubyte.gz train-images-idx3-ubyte.gz >train.npy
pg-prep -q --labels t10k-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz >test.npy
cp "$srcdir/examples/plot-codes.py" .
for prior in categorical:30=digits gaussian:2=plane; do
    pg-train -q --prior "${prior%=*}" --set features=8 --set blocks=1 --set encoder_features=8 -e 2 \
        -o "${prior#*=}.safetensors" train.npy
done
mkdir bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$python" >bin/python3
chmod +x bin/python3
PATH=$work/bin:$PATH

run()
{
    case $1 in
    *.py) "$python" "$1" ;;
    *) bash -e -o pipefail "$1" ;;
    esac
}

missing() # BLOCK: a module that it needs and that is not there
{
    case $(cat "$1") in
    *export-onnx*) modules="torch onnxscript" ;;
    *torch*) modules=torch ;;
    *plot-codes*) modules=matplotlib ;;
    *) modules= ;;
    esac
    for module in $modules; do
        "$python" -c "import $module" 2>/dev/null || { echo "$module"; return; }
    done
}

while read -r block; do
    without=$(missing "$block")
    if [ -n "$without" ]; then
        tap_report 0 "$(grep -v '^import' "$block" | head -n 1) # SKIP no $without"
    else
        ok "$(grep -v '^import' "$block" | head -n 1)" run "$block"
    fi
done <blocks
ok "blocks were found" test "$(wc -l <blocks)" -ge 5
ok "labelled clusters were judged" test "$(wc -l <clusters.tsv)" -eq 61
like "$(head -c 4 means.png | tail -c 3)" PNG "means were drawn"
if [ -z "$("$python" -c 'import matplotlib' 2>&1)" ]; then
    like "$(head -c 4 plane-codes.png | tail -c 3)" PNG "codes were drawn"
    pg-encode -q -m digits.safetensors --pass none test.npy >codes.npy
    ok "codes of many numbers, without labels" "$python" plot-codes.py codes.npy many.png
    "$python" plot-codes.py test.npy none.png 2>err
    is "$? $(cat err)" "1 plot-codes: test.npy: no codes; pg-encode writes them" "nothing to draw"
fi
done_testing
