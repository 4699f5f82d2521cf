# Where data do not fit a model or other data, the message names a command, and the command helps.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

# SIDES are HxW, CHANNELS 1 or 3.
images() # NAME HEIGHT WIDTH CHANNELS
{
    {
        npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (30, $2, $3, $4)}"
        awk -v n=$((30 * $2 * $3 * $4)) \
            'BEGIN { for (i = 0; i < n; i++) printf "%c", 33 + i * i * 7 % 93 }'
    } | pg-prep -q -o "$1.npy"
}

small='--set features=4 --set blocks=1 --set encoder_features=2 --set hidden=8
    --set discriminator_hidden=8 --set receptive_field=3'
train() # FILE OPTION...
{
    pg-train -q -j 1 -e 1 --prior categorical:3 $small -o model "$@"
}

images grey 8 6 1
images grey-large 12 10 1
images rgb 8 6 3
images rgb-large 10 12 3
pg-prep --help | grep -q -e '--rgb' && has_rgb=yes

# helps FILE COMMAND...: the command, with FILE, fails and says how FILE is made to fit; then it does.
helps()
{
    file=$1
    shift
    if "$@" "$file" >out 2>err; then
        tap_report 1 "$* $file: is refused"
        return
    fi
    advice=$(sed -n "s/.*'\(pg-prep [^']*\)'.*/\1/p" err)
    like "$(cat err)" "^pg-[a-z]*: [^;]*; 'pg-prep --[^']*' makes them alike$" "$* $file: what is advised"
    case $advice in
    *--rgb*)
        if [ -z "${has_rgb-}" ]; then
            tap_report 0 "$* $file: $advice # SKIP no --rgb"
            return
        fi
        ;;
    esac
    $advice -q "$file" -o "fitting-$file" 2>prep.err
    ok "$* $file: $advice" "$@" "fitting-$file"
}

# only NAME PATTERN: the last advice names no more than what differs
only()
{
    is "$advice" "pg-prep $2" "$1"
}

tools() # MODEL FILE
{
    cp "$1" model
    helps "$2" pg-encode -q -j 1 -m model -o encoded
    helps "$2" pg-classify -q -j 1 -m model -o classified
    helps "$2" pg-sample -q -j 1 -m model -o sampled --reconstruct
}

train grey.npy --checkpoint grey.run && mv model grey.model
train rgb.npy --checkpoint rgb.run && mv model rgb.model
tools grey.model grey-large.npy
only "only the sides differ" "--resize 8x6"
tools grey.model rgb.npy
only "only the channels differ" "--grey"
tools grey.model rgb-large.npy
only "both differ" "--resize 8x6 --grey"
tools rgb.model grey.npy
only "only the channels differ, to colour" "--rgb"
tools rgb.model grey-large.npy
only "both differ, to colour" "--resize 8x6 --rgb"

# Data beside other data.
helps grey-large.npy pg-train -q -j 1 -e 1 --prior categorical:3 $small -o model grey.npy
only "several files" "--resize 8x6"
helps rgb.npy pg-train -q -j 1 -e 1 --prior categorical:3 $small -o model grey.npy --valid
only "--valid" "--grey"
pg-train -q -j 1 -e 2 --resume grey.run -o model grey-large.npy 2>err
like "$(cat err)" "grey-large.npy: images are 12x10x1, those of grey.run are 8x6x1; 'pg-prep --resize 8x6' makes" \
    "pg-train --resume"
pg-train -q -j 1 -e 2 --resume grey.run -o model rgb.npy 2>err
like "$(cat err)" "'pg-prep --grey' makes them alike" "pg-train --resume, channels"
helps rgb-large.npy pg-prep -q -o both.npy grey.npy
only "pg-prep itself" "--resize 8x6 --grey"

# What no option makes.
images two 8 6 2
fails 1 "pg-prep cannot make 1 channel of 2; use the images that the others come from" "two channels" \
    pg-encode -m grey.model -o out two.npy

# Codes of another size come from the model.
train grey.npy && mv model three.model
pg-train -q -j 1 -e 1 --prior categorical:5 $small -o five.model grey.npy
pg-encode -q -j 1 -m five.model grey.npy -o codes.npy
if pg-sample -q -j 1 -m three.model --codes codes.npy -o out 2>err; then
    tap_report 1 "codes of another size are refused"
fi
advice=$(sed -n "s/.*'\(pg-encode [^']*\)'.*/\1/p" err)
is "$advice" "pg-encode -m three.model" "codes of another size: what is advised"
$advice -q -j 1 grey.npy -o codes.npy
ok "and what it makes" pg-sample -q -j 1 -m three.model --codes codes.npy -o out

# Labels that are missing.
awk 'BEGIN { for (i = 0; i < 30; i++) print i % 3 }' >labels.txt
for tool in "pg-train -q -j 1 -e 1 --supervise --prior categorical:3 $small -o model" \
    "pg-train -q -j 1 -e 1 --prior label:3 --model conditional-pixelcnn --set features=4 --set blocks=1 -o model"; do
    $tool grey.npy 2>err
    like "$(cat err)" "has no labels.*pg-prep --labels" "$tool: what is advised"
    pg-prep -q --labels labels.txt grey.npy -o labelled.npy
    ok "and what it makes" $tool labelled.npy
done
done_testing
