/* pg-sample: from codes to images. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "places.h"
#include "progress.h"
#include "sample.h"

static const char help[] =
    "Usage: pg-sample -m MODEL [OPTION]...\n"
    "Draws images: a sheet of them as PNM, or as PNG where the name ends in .png.\n"
    "\n"
    "  -n, --count N         images from the prior (100), or at most from a stream\n"
    "      --category A,B,.. from these categories or components of the prior only\n"
    "      --grid RxC        rows and columns of the sheet, with a category a row\n"
    "      --repeat N        so many images of each code (default 1)\n"
    "      --manifold N      two-dimensional codes, N x N over the prior\n"
    "      --codes FILE      images of these codes\n"
    "      --reconstruct FILE  images beside what is drawn from their codes\n"
    "      --complete FILE   images of which the first rows are given, see --rows\n"
    "      --rows R          rows that --complete keeps\n"
    "      --temperature T   divide the logits, below 1 for less variety (default 1)\n"
    "      --mean            each pixel's expectation instead of its value\n"
    "      --each            single images: a PNM stream, or -o name-%04d.png\n"
    "      --npy             a tensor stream of images and codes\n"
    "\n"
    "  -m, --model FILE      model\n"
    "  -o, --output FILE     write there (default -, standard output)\n"
    "  -s, --seed N          start of the random numbers (default 0)\n"
    "  -j, --threads N       threads (default: one per core)\n"
    "  -q, --quiet           errors only         -v, --verbose         more messages\n"
    "  -h, --help            this text           -V, --version         version\n";

enum {
    IMAGES_PER_THREAD = 16, /* of a batch, at the least */
    BATCH_PIXELS = 1 << 18, /* of one, where that is more */
    LARGEST_COUNT = 1000000000,
    LARGEST_MANIFOLD = 4096,
    LARGEST_REPEAT = 4096
};

enum {
    OPTION_CATEGORY = FIRST_LONG_OPTION,
    OPTION_GRID,
    OPTION_REPEAT,
    OPTION_MANIFOLD,
    OPTION_CODES,
    OPTION_RECONSTRUCT,
    OPTION_COMPLETE,
    OPTION_ROWS,
    OPTION_TEMPERATURE,
    OPTION_MEAN,
    OPTION_EACH,
    OPTION_NPY
};

static const struct option option_table[] = {
    {"count", required_argument, NULL, 'n'},
    {"category", required_argument, NULL, OPTION_CATEGORY},
    {"grid", required_argument, NULL, OPTION_GRID},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"manifold", required_argument, NULL, OPTION_MANIFOLD},
    {"codes", required_argument, NULL, OPTION_CODES},
    {"reconstruct", required_argument, NULL, OPTION_RECONSTRUCT},
    {"complete", required_argument, NULL, OPTION_COMPLETE},
    {"rows", required_argument, NULL, OPTION_ROWS},
    {"temperature", required_argument, NULL, OPTION_TEMPERATURE},
    {"mean", no_argument, NULL, OPTION_MEAN},
    {"each", no_argument, NULL, OPTION_EACH},
    {"npy", no_argument, NULL, OPTION_NPY},
    OPTION_MODEL,
    OPTION_OUTPUT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

static void take_option(int option, sample_options *options)
{
    switch (option) {
    case 'n':
        options->count = parse_integer(optarg, 1, LARGEST_COUNT, "--count");
        break;
    case OPTION_CATEGORY:
        options->category_count =
            parse_list(optarg, 0, PG_MAX_CODE - 1, options->categories, PG_MAX_CODE, "--category");
        break;
    case OPTION_GRID:
        parse_pair(optarg, 'x', 1, PG_IMAGE_MAX_SIDE, &options->rows, &options->columns, "--grid");
        break;
    case OPTION_REPEAT:
        options->repeat = (size_t)parse_integer(optarg, 1, LARGEST_REPEAT, "--repeat");
        break;
    case OPTION_MANIFOLD:
        options->manifold = (int)parse_integer(optarg, 1, LARGEST_MANIFOLD, "--manifold");
        break;
    case OPTION_CODES:
        options->codes = optarg;
        break;
    case OPTION_RECONSTRUCT:
        options->reconstruct = optarg;
        break;
    case OPTION_COMPLETE:
        options->complete = optarg;
        break;
    case OPTION_ROWS:
        options->given_rows = (int)parse_integer(optarg, 0, PG_MAX_SIDE, "--rows");
        break;
    case OPTION_TEMPERATURE:
        options->temperature = parse_real(optarg, 1e-6, 1e6, "--temperature");
        break;
    case OPTION_MEAN:
        options->mean = true;
        break;
    case OPTION_EACH:
        options->each = true;
        break;
    case OPTION_NPY:
        options->npy = true;
        break;
    }
}

/* Options that do not go together. */
static void check_origin(const sample_options *options)
{
    int streams = !!options->codes + !!options->reconstruct + !!options->complete;
    if (streams + (options->manifold > 0) > 1)
        usage_error("only one of --codes, --reconstruct, --complete and --manifold");
    if (options->category_count && (streams || options->manifold))
        usage_error("--category is for codes from the prior");
    if (options->manifold && (options->count >= 0 || options->columns || options->repeat > 1))
        usage_error("--manifold says how many images there are, so no -n, --grid or --repeat");
    if (!options->complete != (options->given_rows < 0))
        usage_error("--complete FILE and --rows R go together");
}

static void check_layout(const sample_options *options)
{
    if (options->each && options->npy) usage_error("only one of --each and --npy");
    if (options->columns && (options->each || options->npy))
        usage_error("--grid is a sheet's, so no --each and no --npy");
    if (options->columns && options->reconstruct && options->columns % 2)
        usage_error("--reconstruct needs an even number of columns, and --grid has %lld",
                    options->columns);
    long long tiles = options->rows * options->columns;
    if (options->columns && options->count * (options->reconstruct ? 2 : 1) > tiles)
        usage_error("--grid has %lld tiles, too few for -n %lld", tiles, options->count);
    if (options->each && strcmp(options->shared.output, "-") != 0)
        check_numbered_name(options->shared.output);
}

/* Codes may be replaced by a stream of the images drawn from them. */
static void check_files(const sample_options *options)
{
    place_use use = options->npy ? PLACE_REPLACING : PLACE_WRITE;
    bool numbered = options->each && strcmp(options->shared.output, "-") != 0;
    const place places[] = {{options->shared.model, "--model", PLACE_READ},
                            {options->codes, "--codes", PLACE_REPLACEABLE},
                            {options->reconstruct, "--reconstruct", PLACE_REPLACEABLE},
                            {options->complete, "--complete", PLACE_REPLACEABLE},
                            {numbered ? NULL : options->shared.output, "--output", use}};
    check_places(places, sizeof places / sizeof *places);
}

static void parse_options(int argc, char **argv, sample_options *options)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1)
        take_option(option, options);
    if (optind < argc) usage_error("'%s': there is no operand", argv[optind]);
    if (!options->shared.model) usage_error("no model; give one with -m FILE");
    check_origin(options);
    check_layout(options);
    const char *inputs[] = {options->shared.model, options->codes, options->reconstruct,
                            options->complete};
    int standard_inputs = 0;
    for (int i = 0; i < 4; i++) {
        if (!inputs[i]) continue;
        refuse_terminal_input(inputs[i]);
        standard_inputs += strcmp(inputs[i], "-") == 0;
    }
    if (standard_inputs > 1) usage_error("standard input cannot be both model and stream");
    refuse_terminal_output(options->shared.output);
    check_files(options);
}

/* Large enough to keep all threads busy, small enough to show progress; whole groups of repeated
 * images. */
static size_t batch_capacity(const sample_options *options, const pg_config *config)
{
    size_t least = (size_t)options->shared.threads * IMAGES_PER_THREAD;
    size_t images = BATCH_PIXELS / ((size_t)config->height * config->width);
    images = (images > least ? images : least) / least * least;
    return (images + options->repeat - 1) / options->repeat * options->repeat;
}

static pg_status allocate_batch(batch *b, const sample_options *options, const pg_config *config,
                                size_t capacity, pg_error *err)
{
    size_t size = (size_t)config->height * config->width * config->channels;
    *b = (batch){.capacity = capacity};
    b->codes = calloc(capacity, (size_t)(config->code_dim + 1) * sizeof *b->codes);
    b->images = calloc(capacity, size);
    if (options->reconstruct || options->complete) b->originals = calloc(capacity, size);
    if (b->codes && b->images && (b->originals || !(options->reconstruct || options->complete)))
        return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "no memory for %zu images", capacity);
}

static void free_batch(batch *b)
{
    free(b->codes);
    free(b->images);
    free(b->originals);
}

static pg_status draw_batch(pg_sampler *sampler, const sample_options *options, batch *b,
                            int code_dim, pg_error *err)
{
    pg_sample_request request = {.count = b->count,
                                 .codes = code_dim > 0 ? b->codes : NULL,
                                 .temperature = (float)options->temperature,
                                 .mean = options->mean};
    if (options->complete) {
        request.given = b->originals;
        request.given_rows = options->given_rows;
    }
    return pg_sampler_run(sampler, &request, b->images, NULL, err);
}

static pg_status draw_all(source *from, sink *to, batch *b, pg_error *err)
{
    progress bar;
    double start = seconds_now();
    progress_start(&bar, "images", 0, from->limit == SIZE_MAX ? 0 : from->limit, is_quiet());
    pg_status status;
    while ((status = source_next(from, b, err)) == PG_OK && b->count > 0) {
        status = draw_batch(from->sampler, from->options, b, from->config->code_dim, err);
        if (status == PG_OK) status = sink_put(to, b, err);
        if (status != PG_OK) break;
        progress_update(&bar, from->done, "");
    }
    progress_finish(&bar);
    if (status == PG_OK) detail("%zu images in %.2f s", from->done, seconds_now() - start);
    return status;
}

/* Opens source and sink, in that order: what is wrong with the input leaves no output. */
static pg_status sample_with(const pg_model *model, pg_sampler *sampler,
                             const sample_options *options, pg_error *err)
{
    const pg_config *config = pg_model_config(model);
    source from = {0};
    sink to = {0};
    batch b = {0};
    size_t capacity = batch_capacity(options, config);
    pg_status status = allocate_batch(&b, options, config, capacity, err);
    if (status == PG_OK) status = source_open(&from, options, model, sampler, capacity, err);
    if (status == PG_OK) status = sink_open(&to, options, &from, err);
    if (status == PG_OK) status = draw_all(&from, &to, &b, err);
    if (status == PG_OK) status = sink_finish(&to, err);
    sink_abandon(&to);
    source_close(&from);
    free_batch(&b);
    return status;
}

static pg_status sample(const sample_options *options, pg_error *err)
{
    pg_model *model = NULL;
    pg_sampler *sampler = NULL;
    pg_status status = pg_model_load(options->shared.model, &model, err);
    if (status == PG_OK)
        status =
            pg_sampler_create(model, options->shared.threads, options->shared.seed, &sampler, err);
    if (status == PG_OK) status = sample_with(model, sampler, options, err);
    pg_sampler_free(sampler);
    pg_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    begin(argv, "pg-sample", help);
    sample_options options = {.count = -1, .given_rows = -1, .repeat = 1, .temperature = 1};
    parse_options(argc, argv, &options);
    pg_error err;
    if (sample(&options, &err) != PG_OK) fail(&err);
    return 0;
}
