#!/bin/sh
# Installs below the build folder, builds the example program against what was
# installed, runs it, and uninstalls without a trace.
stage=$PWD/tests/install/stage
number=0
check() { # DESCRIPTION COMMAND...
    description=$1
    shift
    number=$((number + 1))
    if "$@" >"$stage.log" 2>&1; then echo "ok $number - $description"; else
        echo "not ok $number - $description"
        sed 's/^/# /' "$stage.log"
    fi
}

value() { # NAME: value of a make variable after configure
    printf 'include Makefile\npg-print:\n\t@echo $(%s)\n' "$1" | make -s -f - pg-print
}

compile() {
    # The compiler is configure's, so that a sanitized library finds its runtime.
    # shellcheck disable=SC2046
    $(value CC) $(value AM_CFLAGS) -o "$stage/count" "$srcdir/examples/count.c" \
        $(PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_PATH=$stage$(value pkgconfigdir) \
            pkg-config --cflags --libs pixelgan)
}

counts_labels() {
    LD_LIBRARY_PATH=$stage$(value libdir) "$stage/count" "$stage/four.npy" >"$stage/counts" &&
        printf '%s\t%s\n' 0 0 1 2 2 0 3 0 4 0 5 0 6 0 7 1 8 0 9 0 other 1 |
        diff - "$stage/counts"
}

four_labels() { # a stream of the labels 1, 7, 1, -1, and an image of one pixel
    header="{'descr': [('image', '|u1', (1, 1, 1)), ('label', '<i4')], \
'fortran_order': False, 'shape': (4,)}"
    printf '\223NUMPY\001\000\166\000%-117s\n' "$header"
    printf '\0\1\0\0\0\1\7\0\0\0\2\1\0\0\0\3\377\377\377\377'
}


echo 1..6
rm -rf "$stage"
mkdir -p "$stage"
check "make install honours DESTDIR" make install DESTDIR="$stage"
check "the library is there" test -s "$stage$(value libdir)/libpixelgan.so"
check "a program builds against the installed library" compile
four_labels >"$stage/four.npy"
check "and reads a stream" counts_labels
check "make uninstall" make uninstall DESTDIR="$stage"
nothing_left() {
    rm -f "$stage/count" "$stage/four.npy" "$stage/counts"
    left=$(find "$stage" ! -type d)
    [ -z "$left" ] || { echo "$left"; false; }
}
check "leaves nothing" nothing_left
rm -rf "$stage" "$stage.log"
