/* The skeleton of a tool: options, one or two calls of the library, close.
 * It is built for the tests; a new tool starts as a copy of it. This one copies
 * a tensor stream.
 */
#include <config.h>

#include <stdio.h>

#include "common.h"
#include "pixelgan/pixelgan.h"
#include "progress.h"

static const char help[] = /* fits 80 columns and 24 lines */
    "Usage: pg-template [OPTION]... [FILE]\n"
    "Copies a tensor stream.\n"
    "\n"
    "      --epochs N        passes over the data (default 1)\n"
    "  -r, --rate X          a number from 0 to 1 (default 0.5)\n"
    "      --grid RxC        rows and columns\n"
    "      --classes A,B,C   classes to keep\n"
    "\n"
    "  -m, --model FILE      model\n"
    "  -o, --output FILE     write there (default -, standard output)\n"
    "  -s, --seed N          start of the random numbers (default 0)\n"
    "  -j, --threads N       threads (default: one per core)\n"
    "  -q, --quiet           errors only\n"
    "  -v, --verbose         more messages\n"
    "  -h, --help            this text\n"
    "  -V, --version         version\n";

typedef struct template_options {
    shared_options shared;
    int epochs;
    double rate;
    long long rows, columns;
    long long classes[8];
    size_t class_count;
    const char *input;
} template_options;

enum { OPTION_EPOCHS = FIRST_LONG_OPTION, OPTION_GRID, OPTION_CLASSES };

static const struct option option_table[] = {{"epochs", required_argument, NULL, OPTION_EPOCHS},
                                             {"rate", required_argument, NULL, 'r'},
                                             {"grid", required_argument, NULL, OPTION_GRID},
                                             {"classes", required_argument, NULL, OPTION_CLASSES},
                                             OPTION_MODEL,
                                             OPTION_OUTPUT,
                                             OPTION_SEED,
                                             OPTION_THREADS,
                                             OPTIONS_EVERY_TOOL,
                                             {NULL, 0, NULL, 0}};

static void parse_options(int argc, char **argv, template_options *options)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1) {
        switch (option) {
        case OPTION_EPOCHS:
            options->epochs = (int)parse_integer(optarg, 1, 100, "--epochs");
            break;
        case OPTION_GRID:
            parse_pair(optarg, 'x', 1, 100, &options->rows, &options->columns, "--grid");
            break;
        case OPTION_CLASSES:
            options->class_count = parse_list(optarg, 0, 255, options->classes, 8, "--classes");
            break;
        case 'r':
            options->rate = parse_real(optarg, 0, 1, "--rate");
            break;
        }
    }
    options->input = single_operand(argc, argv);
    refuse_terminal_input(options->input);
    refuse_terminal_output(options->shared.output);
}

static void report_options(const template_options *options)
{
    const shared_options *shared = &options->shared;
    detail("epochs %d rate %g grid %lldx%lld classes %zu model %s output %s seed %ju input %s",
           options->epochs, options->rate, options->rows, options->columns, options->class_count,
           shared->model ? shared->model : "none", shared->output, (uintmax_t)shared->seed,
           options->input);
}

/* What a tool really does is in the library; here, a loop over chunks. */
static pg_status copy(pg_reader *reader, pg_writer *writer, pg_records *chunk, pg_error *err)
{
    pg_status status;
    do {
        status = pg_reader_next(reader, chunk, err);
        if (!status) status = pg_writer_put(writer, chunk, err);
    } while (!status && chunk->count);
    return status;
}

int main(int argc, char **argv)
{
    begin(argv, "pg-template", help);
    template_options options = {.epochs = 1, .rate = 0.5};
    parse_options(argc, argv, &options);
    report_options(&options);

    pg_error err;
    pg_reader *reader;
    pg_writer *writer;
    pg_records chunk;
    if (pg_reader_open(options.input, &reader, &err)) fail(&err);
    const pg_schema *schema = pg_reader_schema(reader);
    if (pg_records_init(&chunk, schema, pg_schema_chunk_capacity(schema), &err)) fail(&err);
    if (pg_writer_open(options.shared.output, schema, &writer, &err)) fail(&err);
    if (copy(reader, writer, &chunk, &err)) {
        pg_writer_abandon(writer); /* leaves no unfinished file */
        fail(&err);
    }
    if (pg_writer_close(writer, &err)) fail(&err);
    pg_records_free(&chunk);
    if (pg_reader_remark(reader)) warning("%s", pg_reader_remark(reader));
    pg_reader_close(reader);
    return 0;
}
