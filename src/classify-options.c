#include <config.h>

#include <string.h>

#include "classify.h"
#include "places.h"

const char classify_help[] =
    "Usage: pg-classify -m MODEL [OPTION]... [FILE]\n"
    "Writes a table of the class or cluster of each image of a stream, and a summary\n"
    "of how they fit the labels to standard error.\n"
    "\n"
    "  -m, --model FILE        model with a categorical prior\n"
    "      --reference FILE    labelled stream; a cluster gets the label of the image\n"
    "                          in it that is surest to belong there\n"
    "      --names FILE        names of categories: lines of category, tab and name\n"
    "      --remember          keep these labels and names in the model\n"
    "      --sheet FILE.png    the surest members of each category, the largest first\n"
    "      --page FILE.html    the same and more to look at and to name in\n"
    "      --per N             so many of each (default 10)\n"
    "      --outliers FILE     list the images that fit nothing\n"
    "      --ask N             choose N images whose labels help most, and\n"
    "      --asked FILE        list them  --asked-sheet FILE.png  draw them\n"
    "      --quality           a score that needs no labels, in the summary\n"
    "      --summary FILE      write the summary there\n"
    "      --summary-tsv FILE  write it as lines of key, tab and value\n"
    "  -o, --output FILE       write the table there (default -, standard output)\n"
    "  -j, --threads N         threads (default: one per core)\n"
    "  -q, --quiet             no summary on standard error\n"
    "  -v, --verbose           more messages\n"
    "  -h, --help              this text           -V, --version         version\n";

enum {
    OPTION_REFERENCE = FIRST_LONG_OPTION,
    OPTION_NAMES,
    OPTION_REMEMBER,
    OPTION_SHEET,
    OPTION_PAGE,
    OPTION_PER,
    OPTION_OUTLIERS,
    OPTION_ASK,
    OPTION_ASKED,
    OPTION_ASKED_SHEET,
    OPTION_QUALITY,
    OPTION_SUMMARY,
    OPTION_SUMMARY_TSV
};

static const struct option option_table[] = {
    OPTION_MODEL,
    {"reference", required_argument, NULL, OPTION_REFERENCE},
    {"names", required_argument, NULL, OPTION_NAMES},
    {"remember", no_argument, NULL, OPTION_REMEMBER},
    {"sheet", required_argument, NULL, OPTION_SHEET},
    {"page", required_argument, NULL, OPTION_PAGE},
    {"per", required_argument, NULL, OPTION_PER},
    {"outliers", required_argument, NULL, OPTION_OUTLIERS},
    {"ask", required_argument, NULL, OPTION_ASK},
    {"asked", required_argument, NULL, OPTION_ASKED},
    {"asked-sheet", required_argument, NULL, OPTION_ASKED_SHEET},
    {"quality", no_argument, NULL, OPTION_QUALITY},
    {"summary", required_argument, NULL, OPTION_SUMMARY},
    {"summary-tsv", required_argument, NULL, OPTION_SUMMARY_TSV},
    OPTION_OUTPUT,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

/* One of the files at most may be "-"; NULL: not asked for. */
static void refuse_dashes(const char *const *paths, size_t count, const char *what)
{
    int dashes = 0;
    for (size_t i = 0; i < count; i++)
        dashes += paths[i] && strcmp(paths[i], "-") == 0;
    if (dashes > 1) usage_error("%s one file only; name the others", what);
}

static void check_files(const classify_options *options)
{
    const char *model = options->shared.model;
    const place places[] = {{options->input, "the input", PLACE_READ},
                            {model, "--model", PLACE_REPLACEABLE},
                            {options->reference, "--reference", PLACE_READ},
                            {options->names, "--names", PLACE_READ},
                            {options->remember ? model : NULL, "--remember", PLACE_REPLACING},
                            {options->shared.output, "--output", PLACE_WRITE},
                            {options->sheet, "--sheet", PLACE_WRITE},
                            {options->page, "--page", PLACE_WRITE},
                            {options->outliers, "--outliers", PLACE_WRITE},
                            {options->asked, "--asked", PLACE_WRITE},
                            {options->asked_sheet, "--asked-sheet", PLACE_WRITE},
                            {options->summary, "--summary", PLACE_WRITE},
                            {options->summary_tsv, "--summary-tsv", PLACE_WRITE}};
    const char *inputs[] = {options->input, model, options->reference, options->names};
    const char *outputs[] = {options->shared.output, options->page,    options->outliers,
                             options->asked,         options->summary, options->summary_tsv};
    refuse_dashes(inputs, sizeof inputs / sizeof *inputs, "standard input ('-') can be read as");
    refuse_dashes(outputs, sizeof outputs / sizeof *outputs, "standard output ('-') can be");
    check_places(places, sizeof places / sizeof *places);
}

bool wants_gallery(const classify_options *options)
{
    return options->sheet || options->page || options->outliers || options->quality || options->ask;
}

static void check_png(const char *name, const char *what)
{
    size_t length = name ? strlen(name) : 0;
    if (name && (length < 5 || strcmp(name + length - 4, ".png") != 0))
        usage_error("%s '%s': a name that ends in .png", what, name);
}

static void check_options(const classify_options *options)
{
    const shared_options *shared = &options->shared;
    if (!shared->model) usage_error("a model is needed: -m FILE");
    if (options->remember && !options->reference && !options->names)
        usage_error("--remember: there is nothing to remember without --reference FILE or "
                    "--names FILE");
    if (options->remember && strcmp(shared->model, "-") == 0)
        usage_error("--remember: a model from standard input cannot be changed; name its file");
    check_png(options->sheet, "--sheet");
    check_png(options->asked_sheet, "--asked-sheet");
    bool asked = options->asked || options->asked_sheet;
    if (asked && !options->ask) usage_error("--asked: say how many images to label: --ask N");
    if (options->ask && !asked && !options->page)
        usage_error(
            "--ask: say where they go: --asked FILE, --asked-sheet FILE.png or --page FILE");
    if (options->per && !options->sheet && !options->asked_sheet && !options->page)
        usage_error("--per: says how many images to show with --sheet or --page");
    refuse_terminal_input(options->input);
    if (options->reference) refuse_terminal_input(options->reference);
    check_files(options);
}

static void take_option(classify_options *options, int option)
{
    switch (option) {
    case OPTION_REFERENCE:
        options->reference = optarg;
        break;
    case OPTION_NAMES:
        options->names = optarg;
        break;
    case OPTION_REMEMBER:
        options->remember = 1;
        break;
    case OPTION_SHEET:
        options->sheet = optarg;
        break;
    case OPTION_PAGE:
        options->page = optarg;
        break;
    case OPTION_PER:
        options->per = (int)parse_integer(optarg, 1, 1000, "--per");
        break;
    case OPTION_OUTLIERS:
        options->outliers = optarg;
        break;
    case OPTION_ASK:
        options->ask = (int)parse_integer(optarg, 1, 1000, "--ask");
        break;
    case OPTION_ASKED:
        options->asked = optarg;
        break;
    case OPTION_ASKED_SHEET:
        options->asked_sheet = optarg;
        break;
    case OPTION_QUALITY:
        options->quality = 1;
        break;
    case OPTION_SUMMARY:
        options->summary = optarg;
        break;
    case OPTION_SUMMARY_TSV:
        options->summary_tsv = optarg;
        break;
    }
}

void parse_options(int argc, char **argv, classify_options *options)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1)
        take_option(options, option);
    options->input = single_operand(argc, argv);
    check_options(options);
    if (!options->per) options->per = 10;
}
