# What scripts/dependencies and scripts/build say where they cannot go on. The
# machine is made up: only the commands put into $work/bin are found.
. "$srcdir/tests/tap.sh"

bin=$work/bin
mkdir "$bin"
sh=$(command -v sh)
for tool in cat dirname grep tr; do
    ln -s "$(command -v $tool)" "$bin/$tool"
done

command_is() # NAME, body on standard input
{
    { echo "#!$sh"; cat; } >"$bin/$1"
    chmod +x "$bin/$1"
}

# A machine on which the packages in $work/absent are missing.
command_is dpkg-query <<EOF
for package; do :; done
grep -q -x -e "\$package" "$work/absent" || printf installed
EOF
command_is apt-get <<EOF
case "\$*" in
*-s*libdnnl-dev*) exit 1 ;;
*-s*) exit 0 ;;
esac
echo "apt-get \$*" >>"$work/ran"
case "\$1" in
install) : >"$work/absent" ;;
esac
EOF
command_is env <<'EOF'
shift
exec "$@"
EOF
command_is id <<'EOF'
echo 1000
EOF

# dependencies [ARGUMENT]...: its status, and what it said.
dependencies()
{
    : >"$work/ran"
    (PATH=$bin; export PATH; exec "$sh" "$srcdir/scripts/dependencies" "$@") >"$work/said" 2>&1
    echo "$?" "$(cat "$work/said")"
}

: >"$work/absent"
is "$(dependencies)" "0 " "silent where all is there"

printf '%s\n' libgsl-dev time >"$work/absent"
said=$(dependencies)
like "$said" "^1 " "without rights, what is needed is an error"
like "$said" "run as root: apt-get install libgsl-dev time" "the command for root is named"
is "$(cat "$work/ran")" "" "and nothing is run"

command_is sudo <<'EOF'
echo "sudo: a password is required" >&2
exit 1
EOF
like "$(dependencies)" "run as root: apt-get install libgsl-dev time" "so it is where sudo refuses"

echo time >"$work/absent"
said=$(dependencies)
like "$said" "^0 " "without rights, what is only useful is none"
like "$said" "run as root: apt-get install time" "but the command is named"

printf '%s\n' gcc libopenblas-pthread-dev >"$work/absent"
is "$(dependencies)" "0 " "clang will do for gcc, and any OpenBLAS"

command_is sudo <<'EOF'
exec "$@"
EOF
printf '%s\n' libgsl-dev time >"$work/absent"
like "$(dependencies)" "^0 dependencies: installing libgsl-dev time" "with sudo they are installed"
like "$(cat "$work/ran")" "^apt-get install .* libgsl-dev time$" "by apt-get"

command_is id <<'EOF'
echo 0
EOF
rm "$bin/sudo"
echo libpng-dev >"$work/absent"
like "$(dependencies; cat "$work/ran")" "^apt-get install .* libpng-dev$" "root needs no sudo"

printf '%s\n' libpng-dev libdnnl-dev >"$work/absent"
like "$(dependencies; cat "$work/ran")" "^apt-get install .* libpng-dev$" \
    "what is not to be had does not keep the rest away"

rm "$bin/apt-get"
like "$(dependencies)" "^0 .*equivalents of Debian's autoconf .* libgsl-dev" "elsewhere Debian's names are told"
command_is dnf </dev/null
command_is rpm <<'EOF'
exit 1
EOF
like "$(dependencies)" "^0 .*as root: dnf install autoconf .* gsl-devel" "or Fedora's, where there is dnf"
command_is rpm </dev/null
is "$(dependencies)" "0 " "unless all is there"
like "$(dependencies --list)" "libgsl-dev" "--list"
like "$(dependencies --list dnf)" "gsl-devel" "--list dnf"
like "$(dependencies --nonsense)" "^2 usage: " "a wrong option"

for name in "it's" 'a$b' 'a:b' 'a;b' 'a#b'; do
    mkdir -p "$work/$name/scripts"
    cp "$srcdir/scripts/build" "$work/$name/scripts"
    like "$("$sh" "$work/$name/scripts/build" build 2>&1; echo $?)" "^build: .* in its name" \
        "a folder called $name is refused"
done
done_testing
