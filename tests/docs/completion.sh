# The bash completion knows the options of a tool and the kinds of prior.
. "$srcdir/tests/tap.sh"
command -v bash >/dev/null || skip_all "no bash"

completions() # WORD...: what completes the last word
{
    bash -c '. "$srcdir/completions/pixelgan"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _pixelgan "$1"
        echo "${COMPREPLY[@]}"' bash "$@"
}

is "$(completions pg-template --ep)" "--epochs" "an option"
is "$(completions pg-template --m)" "--model" "an option that has a letter too"
is "$(completions pg-template --nonsense)" "" "no option of that name"
is "$(completions pg-template train)" "" "files are left to bash"
is "$(completions pg-train --prior ca)" "categorical:" "a prior"
done_testing
