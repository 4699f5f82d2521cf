/* pg-prep: pictures of any kind to a tensor stream. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "pixelgan/pixelgan.h"
#include "places.h"
#include "prep.h"
#include "progress.h"

static const char help[] =
    "Usage: pg-prep [OPTION]... [FILE]...\n"
    "Turns pictures (PNG, JPEG, WebP, TIFF, PNM), folders of them, IDX, .npy, NORB,\n"
    "CIFAR or SVHN, gzip or not, into a tensor stream. No FILE, or -: standard input.\n"
    "\n"
    "      --from FORMAT   format; 'list': all   --list FILE      one path per line\n"
    "  -0, --null          paths end in zeros    --recursive      folders in folders\n"
    "      --labels FILE   labels of each FILE   --skip-broken    pass over damage\n"
    "      --keep-names    also of one FILE      --no-names       no files' names\n"
    "      --view VIEW     left, right, both     --info           NORB's numbers\n"
    "      --no-orient     ignore EXIF           --background C   behind transparency\n"
    "      --layout L      nhwc, nchw and so on  --values A..B    to become 0 and 255\n"
    "      --grey          RGB to grey           --rgb            grey to RGB\n"
    "      --resize HxW    or N for NxN          --fit HOW        pad, crop, stretch\n"
    "      --classes-from F  numbers of classes  --classes-to F   write these numbers\n"
    "      --classes A,B   keep these classes    --keep-labels N  keep so many labels\n"
    "      --shuffle       in random order       --split K/N      the K-th of N parts\n"
    "      --limit N       keep the first N      --invert         255 - value\n"
    "      --binarize HOW  to 0 and 255: threshold (at 128) or sample (value / 255)\n"
    "  -o, --output FILE   default: -             -s, --seed N     of what is random\n"
    "  -j, --threads N     one per core\n"
    "  -q, --quiet         errors only           -v, --verbose    more messages\n"
    "  -h, --help          this text             -V, --version    version\n";

enum { MAX_CLASSES = 1024, MAX_KEEP = 1000000000 };

typedef struct prep_options {
    shared_options shared;
    pg_source_options source;
    pg_prepare_options prepare;
    int32_t classes[MAX_CLASSES];
    const char **labels; /* room for one an argument */
    size_t label_count;
    const char *classes_from, *classes_to;
    const char *list; /* of paths, NULL: none */
    bool ended_by_zeros;
    pg_class_names class_names; /* what classes_from says */
    const char *const *inputs;
    size_t input_count;
} prep_options;

enum {
    OPTION_FROM = FIRST_LONG_OPTION,
    OPTION_LIST,
    OPTION_RECURSIVE,
    OPTION_SKIP_BROKEN,
    OPTION_LABELS,
    OPTION_KEEP_NAMES,
    OPTION_NO_NAMES,
    OPTION_VIEW,
    OPTION_INFO,
    OPTION_NO_ORIENT,
    OPTION_BACKGROUND,
    OPTION_LAYOUT,
    OPTION_VALUES,
    OPTION_GREY,
    OPTION_RGB,
    OPTION_RESIZE,
    OPTION_FIT,
    OPTION_CLASSES_FROM,
    OPTION_CLASSES_TO,
    OPTION_CLASSES,
    OPTION_SHUFFLE,
    OPTION_SPLIT,
    OPTION_LIMIT,
    OPTION_KEEP_LABELS,
    OPTION_INVERT,
    OPTION_BINARIZE
};

static const struct option option_table[] = {
    {"from", required_argument, NULL, OPTION_FROM},
    {"list", required_argument, NULL, OPTION_LIST},
    {"null", no_argument, NULL, '0'},
    {"recursive", no_argument, NULL, OPTION_RECURSIVE},
    {"skip-broken", no_argument, NULL, OPTION_SKIP_BROKEN},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"keep-names", no_argument, NULL, OPTION_KEEP_NAMES},
    {"no-names", no_argument, NULL, OPTION_NO_NAMES},
    {"view", required_argument, NULL, OPTION_VIEW},
    {"info", no_argument, NULL, OPTION_INFO},
    {"no-orient", no_argument, NULL, OPTION_NO_ORIENT},
    {"background", required_argument, NULL, OPTION_BACKGROUND},
    {"layout", required_argument, NULL, OPTION_LAYOUT},
    {"values", required_argument, NULL, OPTION_VALUES},
    {"grey", no_argument, NULL, OPTION_GREY},
    {"gray", no_argument, NULL, OPTION_GREY},
    {"rgb", no_argument, NULL, OPTION_RGB},
    {"resize", required_argument, NULL, OPTION_RESIZE},
    {"fit", required_argument, NULL, OPTION_FIT},
    {"classes-from", required_argument, NULL, OPTION_CLASSES_FROM},
    {"classes-to", required_argument, NULL, OPTION_CLASSES_TO},
    {"classes", required_argument, NULL, OPTION_CLASSES},
    {"shuffle", no_argument, NULL, OPTION_SHUFFLE},
    {"split", required_argument, NULL, OPTION_SPLIT},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"keep-labels", required_argument, NULL, OPTION_KEEP_LABELS},
    {"invert", no_argument, NULL, OPTION_INVERT},
    {"binarize", required_argument, NULL, OPTION_BINARIZE},
    OPTION_OUTPUT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

/* ---- Options ---- */

static _Noreturn void list_formats(void)
{
    for (int i = 0; pg_source_format_name(i); i++)
        fprintf(output_stream(), "%-16s %s\n", pg_source_format_name(i),
                pg_source_format_summary(i));
    exit(EXIT_SUCCESS);
}

static const char *parse_format(const char *text)
{
    if (strcmp(text, "list") == 0) list_formats();
    for (int i = 0; pg_source_format_name(i); i++)
        if (strcmp(text, pg_source_format_name(i)) == 0) return text;
    usage_error("--from: no format is called '%s'; '--from list' shows them all", text);
}

static const char *parse_view(const char *text)
{
    if (strcmp(text, "left") && strcmp(text, "right") && strcmp(text, "both"))
        usage_error("--view: '%s' is not left, right or both", text);
    return text;
}

static const char *parse_layout(const char *text)
{
    static const char *const layouts[] = {"nhw", "nhwc", "nchw", "hw", "hwc", "chw"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(text, layouts[i]) == 0) return text;
    usage_error("--layout: '%s' is not nhw, nhwc, nchw, hw, hwc or chw", text);
}

static void parse_values(const char *text, pg_source_options *source)
{
    static const double most = 1e30;
    const char *dots = strstr(text, "..");
    if (!dots) usage_error("--values: '%s' is not LOW..HIGH, as in 0..1", text);
    char *low = strndup(text, (size_t)(dots - text));
    if (!low) fail_with("out of memory");
    source->low = parse_real(low, -most, most, "--values");
    source->high = parse_real(dots + 2, -most, most, "--values");
    free(low);
    if (source->low >= source->high)
        usage_error("--values: '%s' does not go from a lower to a higher number", text);
    source->has_values = true;
}

static void parse_size(const char *text, pg_source_options *source)
{
    long long height, width;
    if (strchr(text, 'x'))
        parse_pair(text, 'x', 1, PG_MAX_SIDE, &height, &width, "--resize");
    else
        height = width = parse_integer(text, 1, PG_MAX_SIDE, "--resize");
    source->height = (int)height;
    source->width = (int)width;
}

static pg_fit parse_fit(const char *text)
{
    if (strcmp(text, "pad") == 0) return PG_FIT_PAD;
    if (strcmp(text, "crop") == 0) return PG_FIT_CROP;
    if (strcmp(text, "stretch") == 0) return PG_FIT_STRETCH;
    usage_error("--fit: '%s' is not pad, crop or stretch", text);
}

/* The digits of #RGB count twice. */
static bool parse_hexadecimal(const char *text, uint8_t colour[3])
{
    size_t digits = strlen(text) / 3;
    if ((strlen(text) != 3 && strlen(text) != 6) || text[strspn(text, "0123456789abcdefABCDEF")])
        return false;
    for (size_t i = 0; i < 3; i++) {
        char number[3] = {text[digits * i], text[digits * i + digits - 1], 0};
        colour[i] = (uint8_t)strtol(number, NULL, 16);
    }
    return true;
}

static void parse_background(const char *text, pg_source_options *source)
{
    source->has_background = true;
    if (strcmp(text, "white") == 0)
        memset(source->background, 255, 3);
    else if (strcmp(text, "black") == 0)
        memset(source->background, 0, 3);
    else if (*text && !text[strspn(text, "0123456789")])
        memset(source->background, (int)parse_integer(text, 0, 255, "--background"), 3);
    else if (*text != '#' || !parse_hexadecimal(text + 1, source->background))
        usage_error("--background: '%s' is not white, black, a grey from 0 to 255 or #RRGGBB",
                    text);
}

static void parse_classes(const char *text, prep_options *options)
{
    long long classes[MAX_CLASSES];
    size_t count = parse_list(text, PG_LABEL_NONE, INT32_MAX, classes, MAX_CLASSES, "--classes");
    for (size_t i = 0; i < count; i++)
        options->classes[i] = (int32_t)classes[i];
    options->prepare.classes = options->classes;
    options->prepare.class_count = count;
}

static void parse_split(const char *text, pg_prepare_options *prepare)
{
    long long part, parts;
    parse_pair(text, '/', 1, MAX_KEEP, &part, &parts, "--split");
    if (part > parts) usage_error("--split: there is no part %lld of %lld", part, parts);
    prepare->part = (uint64_t)part;
    prepare->parts = (uint64_t)parts;
}

static pg_binarize parse_binarize(const char *text)
{
    if (strcmp(text, "threshold") == 0) return PG_BINARIZE_THRESHOLD;
    if (strcmp(text, "sample") == 0) return PG_BINARIZE_SAMPLE;
    usage_error("--binarize: '%s' is not threshold or sample", text);
}

/* What is read, and what becomes of each image. */
static bool take_source_option(int option, prep_options *options)
{
    pg_source_options *source = &options->source;
    switch (option) {
    case OPTION_FROM:
        source->format = parse_format(optarg);
        return true;
    case OPTION_LIST:
        options->list = optarg;
        return true;
    case '0':
        return options->ended_by_zeros = true;
    case OPTION_RECURSIVE:
        return source->recursive = true;
    case OPTION_SKIP_BROKEN:
        return source->skip_broken = true;
    case OPTION_LABELS:
        options->labels[options->label_count++] = optarg;
        return true;
    case OPTION_KEEP_NAMES:
        source->names = PG_NAMES_ALL;
        return true;
    case OPTION_NO_NAMES:
        source->names = PG_NAMES_NONE;
        return true;
    case OPTION_VIEW:
        source->view = parse_view(optarg);
        return true;
    case OPTION_INFO:
        return source->info = true;
    case OPTION_LAYOUT:
        source->layout = parse_layout(optarg);
        return true;
    case OPTION_VALUES:
        parse_values(optarg, source);
        return true;
    case OPTION_NO_ORIENT:
        return source->no_orient = true;
    case OPTION_BACKGROUND:
        parse_background(optarg, source);
        return true;
    case OPTION_GREY:
        return source->grey = true;
    case OPTION_RGB:
        return source->rgb = true;
    case OPTION_RESIZE:
        parse_size(optarg, source);
        return true;
    case OPTION_FIT:
        source->fit = parse_fit(optarg);
        return true;
    }
    return false;
}

/* Which examples are kept, and what becomes of all. */
static void take_option(int option, prep_options *options)
{
    switch (option) {
    case OPTION_CLASSES_FROM:
        options->classes_from = optarg;
        break;
    case OPTION_CLASSES_TO:
        options->classes_to = optarg;
        break;
    case OPTION_CLASSES:
        parse_classes(optarg, options);
        break;
    case OPTION_SHUFFLE:
        options->prepare.shuffle = true;
        break;
    case OPTION_SPLIT:
        parse_split(optarg, &options->prepare);
        break;
    case OPTION_LIMIT:
        options->prepare.has_limit = true;
        options->prepare.limit = (uint64_t)parse_integer(optarg, 0, INT64_MAX, "--limit");
        break;
    case OPTION_KEEP_LABELS:
        options->prepare.keep_labels =
            (uint64_t)parse_integer(optarg, 1, MAX_KEEP, "--keep-labels");
        break;
    case OPTION_INVERT:
        options->prepare.invert = true;
        break;
    case OPTION_BINARIZE:
        options->prepare.binarize = parse_binarize(optarg);
        break;
    }
}

/* What is read against what is written, one at a time: there may be many. */
static void check_input(const prep_options *options, const char *path, const char *what,
                        place_use use)
{
    place places[] = {{options->shared.output, "--output", PLACE_REPLACING},
                      {options->classes_to, "--classes-to", PLACE_WRITE},
                      {path, what, use}};
    check_places(places, sizeof places / sizeof *places);
}

static void check_files(const prep_options *options)
{
    for (size_t i = 0; i < options->input_count; i++)
        check_input(options, options->inputs[i], "the input", PLACE_REPLACEABLE);
    for (size_t i = 0; i < options->label_count; i++)
        check_input(options, options->labels[i], "--labels", PLACE_READ);
    check_input(options, options->classes_from, "--classes-from", PLACE_READ);
}

static bool is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static void check_class_options(const prep_options *options)
{
    const char *name = options->classes_from ? "--classes-from" : "--classes-to";
    if ((options->classes_from || options->classes_to) && options->label_count)
        usage_error("%s: labels come from --labels, not from class folders; leave one out", name);
    if (is_standard(options->classes_to) && is_standard(options->shared.output))
        usage_error("--classes-to: standard output has the images; name a file");
    for (size_t i = 0; i < options->input_count; i++)
        if (is_standard(options->classes_from) && is_standard(options->inputs[i]))
            usage_error("--classes-from: standard input has the images; name a file");
}

/* A list is the only input. */
static void check_list(prep_options *options, bool named)
{
    if (options->ended_by_zeros && !options->list) usage_error("--null: only with --list");
    if (!options->list) return;
    if (named) usage_error("--list: there are files, too; give a list or files");
    if (options->source.format) usage_error("--from: a list is of pictures; leave it out");
    options->inputs = &options->list;
}

static void parse_options(int argc, char **argv, prep_options *options)
{
    int option;
    options->source.names = PG_NAMES_OF_MANY;
    options->labels = calloc((size_t)argc, sizeof *options->labels);
    if (!options->labels) fail_with("out of memory");
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1)
        if (!take_source_option(option, options)) take_option(option, options);
    bool named = optind < argc;
    options->inputs = all_operands(argc, argv, &options->input_count);
    check_list(options, named);
    for (size_t i = 0; i < options->input_count; i++)
        refuse_terminal_input(options->inputs[i]);
    if (options->label_count > 1 && options->label_count != options->input_count)
        usage_error("%zu times --labels for %zu files; give one for each, or one for all",
                    options->label_count, options->input_count);
    refuse_terminal_output(options->shared.output);
    if (options->source.grey && options->source.rgb) usage_error("--grey and --rgb: choose one");
    options->source.threads = options->shared.threads;
    check_class_options(options);
    check_files(options);
    options->prepare.seed = options->shared.seed;
}

/* ---- Work ---- */

static void read_class_names(prep_options *options)
{
    pg_error err;
    if (!options->classes_from) return;
    if (pg_class_names_read(&options->class_names, options->classes_from, &err) != PG_OK)
        fail(&err);
    options->source.classes = &options->class_names;
}

static pg_source *open_source(prep_options *options)
{
    pg_error err;
    pg_source *source;
    read_class_names(options);
    if (options->list) {
        options->source.labels = options->label_count ? options->labels[0] : NULL;
        if (pg_source_open_list(options->list, options->ended_by_zeros, &options->source, &source,
                                &err) != PG_OK)
            fail(&err);
    } else if (pg_source_open_many(options->inputs, options->input_count, options->labels,
                                   options->label_count, &options->source, &source,
                                   &err) != PG_OK) {
        fail(&err);
    }
    if (pg_source_prepare(source, &options->prepare, &source, &err) != PG_OK) fail(&err);
    if (options->classes_to && !pg_source_class_names(source))
        fail_with("%s: is no folder of class folders, so --classes-to has no names to write",
                  input_name(options->inputs[0]));
    return source;
}

/* The unfinished output must not stay behind. */
static _Noreturn void abandon(pg_writer *writer, const pg_error *err)
{
    pg_writer_abandon(writer);
    fail(err);
}

/* By files where the number of them is known, else by images. */
static void show_progress(const pg_source *source, progress *bar, uint64_t images)
{
    uint64_t done, all;
    progress_update(bar, pg_source_files(source, &done, &all) ? done : images, "");
}

static void copy_chunks(pg_source *source, pg_writer *writer, pg_records *chunk, totals *sum)
{
    pg_error err;
    progress bar;
    uint64_t done, all = 0;
    bool files = pg_source_files(source, &done, &all);
    progress_start(&bar, files ? "files" : "images", 0, all, is_quiet());
    do {
        if (pg_source_next(source, chunk, &err) != PG_OK ||
            (chunk->label &&
             pg_class_counts_add(&sum->classes, chunk->label, chunk->count, &err) != PG_OK) ||
            (chunk->count && pg_writer_put(writer, chunk, &err) != PG_OK))
            abandon(writer, &err);
        sum->examples += chunk->count;
        look_at_images(&sum->look, chunk);
        show_progress(source, &bar, sum->examples);
    } while (chunk->count);
    progress_finish(&bar);
}

/* Before the stream gets its name: a run that fails leaves none behind. */
static void write_class_names(const pg_source *source, const char *path, pg_writer *writer)
{
    pg_error err;
    if (path && pg_class_names_write(pg_source_class_names(source), path, &err) != PG_OK)
        abandon(writer, &err);
}

static totals copy(pg_source *source, const prep_options *options)
{
    pg_error err;
    pg_writer *writer;
    pg_records chunk;
    totals sum = {0};
    const pg_schema *schema = pg_source_schema(source);
    if (pg_records_init(&chunk, schema, pg_schema_chunk_capacity(schema), &err) != PG_OK ||
        pg_writer_open(options->shared.output, schema, &writer, &err) != PG_OK)
        fail(&err);
    copy_chunks(source, writer, &chunk, &sum);
    pg_records_free(&chunk);
    write_class_names(source, options->classes_to, writer);
    if (pg_writer_close(writer, &err) != PG_OK) fail(&err);
    return sum;
}

int main(int argc, char **argv)
{
    begin(argv, "pg-prep", help);
    prep_options options = {0};
    parse_options(argc, argv, &options);
    pg_source *source = open_source(&options);
    totals sum = copy(source, &options);
    report(source, &sum);
    totals_free(&sum);
    pg_source_close(source);
    pg_class_names_free(&options.class_names);
    free(options.labels);
    return 0;
}
