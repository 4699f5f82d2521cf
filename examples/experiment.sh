# What the scripts of experiments share; read by them with ".", not run.
# They leave a line a run in results.tsv: version, what was done, seed, figures,
# seconds of training, the command. The tools are found through PATH.

threads=${THREADS:-$(nproc)}
epochs=${EPOCHS:-}

# begin_experiment OUTPUT_FOLDER FIGURE...: the names of the figures of each run.
begin_experiment() {
    mkdir -p "$1"
    results=$1/results.tsv
    scores=$1/scores.tsv
    table=$1/table.tsv
    version=$(pg-train --version | sed -n '1s/.* //p')
    shift
    [ -e "$results" ] || printf 'version\twhat\tseed%s\tseconds\tcommand\n' \
        "$(printf '\t%s' "$@")" >"$results"
}

idx_file() { # FOLDER NAME: the file, gzipped or not
    for file in "$1/$2" "$1/$2.gz"; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
    echo "$1: holds no $2, nor $2.gz" >&2
    exit 1
}

# idx_streams FOLDER OUTPUT_FOLDER: train.npy and test.npy of a data set in four IDX files.
idx_streams() {
    for part in train t10k; do
        stream=$2/$([ $part = train ] && echo train || echo test).npy
        images=$(idx_file "$1" $part-images-idx3-ubyte)
        labels=$(idx_file "$1" $part-labels-idx1-ubyte)
        [ -e "$stream" ] || pg-prep -q --labels "$labels" "$images" -o "$stream"
    done
}

# done_before WHAT SEED: whether that run has its line.
done_before() {
    cut -f 2,3 "$results" | grep -q -x "$(printf '%s\t%s' "$1" "$2")"
}

# train MODEL SEED STREAM OPTION...: leaves the command and the seconds it took.
train() {
    model_file=$1 seed_number=$2 stream=$3
    shift 3
    set -- --seed "$seed_number" -j "$threads" ${epochs:+-e "$epochs"} "$@"
    command="pg-train $*"
    begun=$(date +%s)
    pg-train "$@" --log "${model_file%.safetensors}.jsonl" -o "$model_file" "$stream"
    seconds=$(($(date +%s) - begun))
}

# classify MODEL STREAM OPTION...: leaves the scores, and the table with a line an image.
classify() {
    model_file=$1 stream=$2
    shift 2
    pg-classify -q -m "$model_file" -j "$threads" "$@" --summary-tsv "$scores" -o "$table" "$stream"
}

# classify_both MODEL TRAINING_STREAM TEST_STREAM: leaves the scores of the test images, and the
# error of the training images in training_error.
classify_both() {
    classify "$1" "$2"
    training_error=$(score error)
    classify "$1" "$3"
}

score() { # KEY
    sed -n "s/^$1	//p" "$scores"
}

# record WHAT SEED ORIGIN FIGURE...: the line of this run.
record() {
    what=$1 seed_number=$2 origin=$3
    shift 3
    printf '%s\t%s\t%s%s\t%s\t%s\n' "$version" "$what" "$seed_number" "$(printf '\t%s' "$@")" \
        "$seconds" "$origin | $command" >>"$results"
}

# summarise [FACTOR UNIT]: mean, standard deviation and median over the seeds, of the first figure,
# in per cent.
summarise() {
    rm -f "$scores" "$table"
    sort -t '	' -k 2,2 -k 4,4n "$results" |
        awk -F '\t' -v factor="${1:-100}" -v unit="${2:-%}" '
        function close_group() {
            if (!n) return
            mean = sum / n
            deviation = n > 1 ? sqrt((squares - n * mean * mean) / (n - 1)) : 0
            median = (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2
            printf "%s\t%.2f +- %.2f %s, median %.2f %s, %d seed%s, %.0f s each\n", what,
                factor * mean, factor * deviation, unit, factor * median, unit, n,
                (n > 1 ? "s" : ""), time / n
        }
        $1 == "version" { next }
        $2 != what { close_group(); what = $2; n = sum = squares = time = 0 }
        { n++; v[n] = $4; sum += $4; squares += $4 * $4; time += $(NF - 1) }
        END { close_group() }'
}
