# JPEG, WebP and TIFF: read as other programs read them, and refused where they are damaged.
. "$srcdir/tests/tap.sh"
cd "$work" || exit 99

messages() { pg-prep -o out.npy "$@" 2>&1 | sed 's/^pg-prep: //'; }
reads() { pg-prep --from list | grep -q "^$1 "; }
# same PICTURE REFERENCE NAME: the same images
same()
{
    pg-prep -q -o a.npy "$1" && pg-prep -q -o b.npy "$2"
    ok "$3" cmp a.npy b.npy
}

# A gradient with corners that differ, 12 x 8, and its grey.
{
    printf 'P3 12 8 255\n'
    awk 'BEGIN { for (y = 0; y < 8; y++) for (x = 0; x < 12; x++)
        print x * 20, y * 30, (x + y) * 10 }'
} >rgb.ppm
{
    printf 'P2 12 8 255\n'
    awk 'BEGIN { for (y = 0; y < 8; y++) for (x = 0; x < 12; x++) print x * 12 + y * 15 }'
} >grey.pgm

# turned ORIENTATION: the gradient as a viewer shows a picture stored so
turned()
{
    awk -v o="$1" 'NR == 1 { next } { v[n++] = $0 }
    function at(r, c) { return v[r * 12 + c] }
    END {
        H = o < 5 ? 8 : 12; W = o < 5 ? 12 : 8
        print "P3", W, H, 255
        for (y = 0; y < H; y++) for (x = 0; x < W; x++) {
            if (o == 1) print at(y, x); if (o == 2) print at(y, 11 - x)
            if (o == 3) print at(7 - y, 11 - x); if (o == 4) print at(7 - y, x)
            if (o == 5) print at(x, y); if (o == 6) print at(7 - x, y)
            if (o == 7) print at(7 - x, 11 - y); if (o == 8) print at(x, 11 - y)
        }
    }' rgb.ppm
}

# exif ORIENTATION: EXIF data of that one entry, in either byte order
exif()
{
    set -- "$1" "$(printf %03o "$1")"
    case $(($1 % 2)) in
    0) printf "II*\\000\\010\\000\\000\\000\\001\\000\\022\\001\\003\\000\\001\\000\\000\\000\\$2\\000\\000\\000\\000\\000\\000\\000" ;;
    1) printf "MM\\000*\\000\\000\\000\\010\\000\\001\\001\\022\\000\\003\\000\\000\\000\\001\\000\\$2\\000\\000\\000\\000\\000\\000" ;;
    esac
}

if reads jpeg && command -v cjpeg >/dev/null && command -v djpeg >/dev/null; then
    cjpeg -quality 90 rgb.ppm >base.jpg
    cjpeg -quality 90 -progressive rgb.ppm >progressive.jpg
    cjpeg -quality 90 -grayscale rgb.ppm >grey.jpg
    cjpeg -quality 90 -arithmetic rgb.ppm >arithmetic.jpg 2>/dev/null || rm -f arithmetic.jpg
    cjpeg -quality 90 -restart 1 -sample 2x1 rgb.ppm >restart.jpg
    for name in base progressive grey restart arithmetic; do
        [ -e $name.jpg ] || continue
        djpeg $name.jpg >$name.pnm || continue
        same $name.jpg $name.pnm "$name JPEG as djpeg reads it"
    done
    is "$(messages base.jpg)" "1 example of image 8x12x3" "colours"
    is "$(messages grey.jpg)" "1 example of image 8x12x1" "grey"
    is "$(cat base.jpg progressive.jpg | messages)" "2 examples of image 8x12x3" "one after the other"
    is "$(gzip -c base.jpg | messages)" "1 example of image 8x12x3" "in gzip"
    { cat base.jpg; echo note; } >note.jpg
    is "$(messages note.jpg | tail -n 1)" \
        "warning: note.jpg: 5 bytes after the JPEG image were left out (plain text)" "what follows is told"
    mkdir noted && cp note.jpg noted && cp base.jpg noted
    like "$(messages noted)" "noted/note.jpg: 5 bytes after the JPEG image" "also in a folder"

    # Every truncation, and damage in the data.
    size=$(wc -c <base.jpg)
    bad=0
    for n in $(seq 1 5 "$((size - 1))") $((size - 1)); do
        head -c "$n" base.jpg >cut.jpg
        if pg-prep -q -o none cut.jpg 2>message; then bad=$((bad + 1)); fi
        grep -q '^pg-prep: cut.jpg: ' message || bad=$((bad + 1))
    done
    is "$bad" 0 "all truncations are refused"
    ok "and leave no output" test ! -e none
    fails 1 "cut.jpg: truncated JPEG picture, the file ends after $((size - 1)) bytes" "with the reason" \
        pg-prep -o none cut.jpg
    { head -c $((size - 12)) base.jpg; printf '\377\331'; } >short.jpg
    fails 1 "short.jpg: broken JPEG picture: " "an end where data are missing" pg-prep -o none short.jpg
    size=$(wc -c <base.jpg)
    { head -c $((size - 40)) base.jpg; printf '\377\300\377\300\377\300\377'; tail -c 33 base.jpg; } >hurt.jpg
    fails 1 "hurt.jpg: broken JPEG picture: " "damaged data" pg-prep -o none hurt.jpg

    # A frame of four components, as inks have.
    printf '\377\330\377\300\000\024\010\000\010\000\010\004\001\021\000\002\021\000\003\021\000\004\021\000' >ink.jpg
    printf '\377\332\000\016\004\001\000\002\000\003\000\004\000\000\077\000\000\377\331' >>ink.jpg
    fails 1 "ink.jpg: a JPEG picture of printing inks \(CMYK\)" "CMYK" pg-prep -o none ink.jpg
    # A header of 65500 x 65500.
    printf '\377\330\377\300\000\013\010\377\334\377\334\001\001\021\000' >huge.jpg
    printf '\377\332\000\010\001\001\000\000\077\000\000\377\331' >>huge.jpg
    fails 1 "huge.jpg: images of 65500 x 65500 x 1; sides are" "a huge one" pg-prep -o none --resize 8 huge.jpg

    # Orientation: at 100 % and with an RGB colour space nearly nothing is lost.
    cjpeg -quality 100 -rgb rgb.ppm >exact.jpg
    djpeg exact.jpg >exact.ppm
    pnmtoplainpnm exact.ppm >plain.ppm 2>/dev/null || pnmnoraw exact.ppm >plain.ppm
    { printf 'P3 12 8 255\n'; tail -n +4 plain.ppm | tr -s ' \n' '\n\n' | sed '/^$/d' | paste -d' ' - - -; } >rgb.ppm
    for o in 1 2 3 4 5 6 7 8; do
        { printf '\377\330\377\341\000\042Exif\000\000'; exif $o; tail -c +3 exact.jpg; } >o$o.jpg
        turned $o >t$o.ppm
        same o$o.jpg t$o.ppm "a JPEG of orientation $o"
    done
    pg-prep -q --no-orient -o a.npy o6.jpg && pg-prep -q -o b.npy exact.jpg
    ok "--no-orient" cmp a.npy b.npy
    { printf '\377\330\377\341\000\042Exif\000\000'; exif 9; tail -c +3 exact.jpg; } >o9.jpg
    same o9.jpg exact.jpg "an orientation that there is none of"

    # A second picture within the file of a camera is no example.
    { printf '\377\330\377\342\000\006MPF\000'; tail -c +3 base.jpg; cat base.jpg; } >pages.jpg
    is "$(messages pages.jpg)" "1 example of image 8x12x3" "a file of several pictures (MPF)"
fi

if reads webp && command -v cwebp >/dev/null; then
    pamtopnm rgb.ppm >raw.ppm
    cwebp -quiet -lossless raw.ppm -o loss.webp
    same loss.webp rgb.ppm "WebP without loss"
    is "$(cat loss.webp loss.webp | messages)" "2 examples of image 8x12x3" "one after the other"
    size=$(wc -c <loss.webp)
    bad=0
    for n in $(seq 1 5 "$((size - 1))") $((size - 1)); do
        head -c "$n" loss.webp >cut.webp
        pg-prep -q -o none cut.webp 2>message && bad=$((bad + 1))
    done
    is "$bad" 0 "all truncations are refused"
    pgmmake 0.5 12 8 >alpha.pgm
    pnmtopng -alpha=alpha.pgm rgb.ppm >alpha.png 2>/dev/null
    cwebp -quiet -exact -lossless alpha.png -o alpha.webp
    pg-prep -q --background 7 -o a.npy alpha.webp && pg-prep -q --background 7 -o b.npy alpha.png
    ok "WebP with opacity" cmp a.npy b.npy
fi

if reads tiff && command -v pamtotiff >/dev/null; then
    pamtotiff -truecolor rgb.ppm >rgb.tiff 2>/dev/null
    same rgb.tiff rgb.ppm "TIFF"
    pamtotiff grey.pgm >grey.tiff 2>/dev/null
    same grey.tiff grey.pgm "TIFF, grey"
    size=$(wc -c <rgb.tiff)
    head -c $((size / 2)) rgb.tiff >cut.tiff
    fails 1 "cut.tiff: broken TIFF picture: " "cut short" pg-prep -o none cut.tiff
fi
[ "$tap_checks" -gt 0 ] || skip_all "no reader of JPEG, WebP or TIFF, or no program that writes them"
done_testing
