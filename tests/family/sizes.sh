# Images of other sizes than digits. Colour images of 128 x 128: every model of the lineage is trained
# with batches of 32, applied and sampled from within 2 GiB of addresses. And small, long and odd ones.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

presets="pixelgan pixelcnn conditional-pixelcnn vae aae pixelvae vlae"
within() # COMMAND...
{
    (ulimit -v 2097152 && exec "$@")
}
if grep -q '^CFLAGS = .*-fsanitize' "$builddir/Makefile" ||
    grep -q 'fsanitize=address' "$builddir/Makefile"; then
    presets="pixelgan vae" # sanitizers take all addresses, and their time
    within()
    {
        "$@"
    }
fi

# A square of one colour on another.
pictures() # COUNT
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': ($1, 128, 128, 3)}"
    LC_ALL=C awk -v count="$1" 'BEGIN {
        for (n = 0; n < count; n++) {
            inside = sprintf("%c%c%c", 33 + n * 7 % 90, 33 + n * 13 % 90, 33 + n * 29 % 90)
            outside = sprintf("%c%c%c", 120 - n * 5 % 80, 120 - n * 11 % 80, 120 - n * 3 % 80)
            left = n * 17 % 90; top = n * 31 % 90
            band = empty = ""
            for (x = 0; x < 128; x++) {
                empty = empty outside
                band = band (x >= left && x < left + 40 ? inside : outside)
            }
            for (y = 0; y < 128; y++) printf "%s", (y >= top && y < top + 40 ? band : empty)
        }
    }'
}
pictures 32 >pictures.npy
awk 'BEGIN { for (n = 0; n < 32; n++) print n % 10 }' >labels
ok "pictures" pg-prep -q --labels labels -o train.npy pictures.npy
ok "a few" pg-prep -q --labels labels --limit 4 -o few.npy pictures.npy

for preset in $presets; do
    ok "$preset trains within 2 GiB" \
        within pg-train -q -j 2 -e 1 --set batch=32 --model "$preset" -o model train.npy
    case $preset in
    pixelcnn | conditional-pixelcnn) ;;
    *) ok "and encodes" within pg-encode -q -j 2 -m model -o codes few.npy ;;
    esac
    ok "and draws" within pg-sample -q -j 2 -m model -n 2 -o drawn.ppm
    is "$(head -c 3 drawn.ppm)" "P6" "an image in colour"
done
ok "an encoder of residual blocks" \
    within pg-train -q -j 2 -e 1 --set batch=32 --set encoder=residual -o model train.npy
ok "a code without a map" within pg-train -q -j 2 -e 1 --set batch=32 --prior gaussian:50 \
    --condition invariant -o model train.npy
pg-train -v -j 2 -e 1 --set batch=32 --model pixelcnn -o model train.npy 2>messages
like "$(cat messages)" "parameters" "-v says how large a model is"

for size in 1x1x1 4x4x1 8x8x3 1x40x1 40x1x2 33x17x3; do
    # shellcheck disable=SC2046
    set -- $(echo "$size" | tr x ' ')
    {
        npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (24, $1, $2, $3)}"
        awk -v count="$((24 * $1 * $2 * $3))" \
            'BEGIN { for (i = 0; i < count; i++) printf "%c", 1 + i * i * 7 % 126 }'
    } >small.npy
    for model in "--prior categorical:3" "--model aae" "--model pixelvae --set encoder=residual"; do
        # shellcheck disable=SC2086
        ok "$size, $model" pg-train -q -j 2 -e 2 $model --set features=4 --set encoder_features=4 \
            --set hidden=8 --set discriminator_hidden=8 --set batch=12 -o model small.npy
        ok "encodes" pg-encode -q --nll -m model -o codes small.npy
        ok "draws" pg-sample -q -m model -n 3 -o drawn.npy --npy
    done
done
done_testing
