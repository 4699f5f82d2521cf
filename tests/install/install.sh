# Installs below the build folder, builds the example program against what was
# installed, runs it, and uninstalls without a trace.
. "$srcdir/tests/tap.sh"
unset MAKEFLAGS MFLAGS DESTDIR
cd "$builddir" || exit 99
stage=$work/stage
case $stage in *[[:space:]]*) skip_all "libtool installs below no folder with a blank in its name" ;; esac

variable() # NAME: its value in the Makefile
{
    printf 'include Makefile\npg-print:\n\t@echo $(%s)\n' "$1" | make -s -f - pg-print
}

# With configure's compiler and flags, so that a sanitized library finds its runtime. A static
# library also wants its own libraries, in folders that are not staged.
compile()
{
    PKG_CONFIG_PATH=$stage$(variable pkgconfigdir)
    export PKG_CONFIG_PATH
    if [ -e "$library" ]; then
        set -- $(PKG_CONFIG_SYSROOT_DIR=$stage pkg-config --cflags --libs pixelgan)
    else
        set -- -I"$stage$(variable includedir)" -L"$stage$(variable libdir)" \
            $(pkg-config --static --libs pixelgan)
    fi
    # shellcheck disable=SC2046
    $(variable CC) $(variable AM_CFLAGS) -o "$work/count" "$srcdir/examples/count.c" "$@"
}

# A stream of four examples: an image of one pixel, and the labels 1, 7, 1 and none.
four_examples()
{
    printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': [('image', '|u1', (1, 1, 1)), \
('label', '<i4')], 'fortran_order': False, 'shape': (4,)}"
    printf '\0\1\0\0\0\1\7\0\0\0\2\1\0\0\0\3\377\377\377\377'
}

ok "make install DESTDIR=" make install DESTDIR="$stage"
library=$stage$(variable libdir)/libpixelgan.so
ok "it brings the library" test -s "$library" -o -s "${library%.so}.a"
run_path=$(readelf -d "$stage$(variable bindir)/pg-prep" | sed -n 's/.*R.*PATH.*\[\(.*\)\].*/:\1:/p')
case $(variable RUN_PATH) in
'') is "$run_path" "" "the tools have no run path, as their library is where each is found" ;;
*) like "$run_path" ":$(variable libdir):" "the tools find their library where it is installed" ;;
esac
module=$(variable pymoduledir)
if [ -n "$module" ]; then
    ok "it brings the module" cmp "$srcdir/python/pixelgan.py" "$stage$module/pixelgan.py"
    like "$module" "^$(variable prefix)/" "below the prefix"
else
    tap_report 0 "the module # SKIP configured without Python"
fi
ok "the example program builds against it" compile
is "$(four_examples | LD_LIBRARY_PATH=$stage$(variable libdir) "$work/count" | tr '\n\t' ',:')" \
    "0:0,1:2,2:0,3:0,4:0,5:0,6:0,7:1,8:0,9:0,other:1," "and reads a stream"
[ -z "$module" ] || { mkdir "$stage$module/__pycache__" && : >"$stage$module/__pycache__/pixelgan.x.pyc"; }
ok "make uninstall DESTDIR=" make uninstall DESTDIR="$stage"
is "$(find "$stage" ! -type d)" "" "which leaves nothing"
done_testing
