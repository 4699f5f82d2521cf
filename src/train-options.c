#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train.h"

const char train_help[] =
    "Usage: pg-train [OPTION]... -o MODEL [FILE]...\n"
    "Trains an autoencoder with a PixelCNN decoder on streams of images.\n"
    "\n"
    "      --model NAME          settings of pixelgan (default), pixelcnn,\n"
    "                            conditional-pixelcnn, vae, aae, pixelvae or vlae\n"
    "      --prior P             categorical:K (default categorical:30), gaussian:D,\n"
    "                            mixture:K, flow:D, label:K or none\n"
    "      --posterior Q         noise (default), gaussian or deterministic\n"
    "      --pull WHAT           pulls codes to the prior: gan (default), kl, none\n"
    "      --decoder D           pixelcnn (default) or factorised\n"
    "      --condition C         dependent (default) or invariant of the location\n"
    "      --receptive-field N   side of what a pixel sees: odd, full, or 0 (default)\n"
    "  -e, --epochs N            passes over the data (default 20)\n"
    "      --precision P         of the decoder: fp32 (default) or bf16, faster\n"
    "      --supervise           learn from labels   --class-names FILE  their names\n"
    "      --set NAME=VALUE      any other setting  --settings  list all, and end\n"
    "      --valid FILE          report the loss on these images after each epoch\n"
    "      --log FILE            one JSON line per epoch\n"
    "      --preview FILE.png    a sheet of samples, redrawn after each epoch\n"
    "      --checkpoint FILE     save all it takes to go on, after each epoch\n"
    "      --every N             and every N steps  --resume FILE  go on from there\n"
    "  -o, --output FILE         the model, also saved after each epoch\n"
    "  -s, --seed N              of random numbers  -j, --threads N  one per core\n"
    "  -q, --quiet  errors only  -v, --verbose  more words  -h, --help  -V, --version\n";

enum {
    OPTION_PRESET = FIRST_LONG_OPTION,
    OPTION_SUPERVISE,
    OPTION_CLASS_NAMES,
    OPTION_SET,
    OPTION_SETTINGS,
    OPTION_VALID,
    OPTION_LOG,
    OPTION_PREVIEW,
    OPTION_CHECKPOINT,
    OPTION_EVERY,
    OPTION_RESUME,
    OPTION_PRIOR,
    OPTION_POSTERIOR,
    OPTION_PULL,
    OPTION_DECODER,
    OPTION_CONDITION,
    OPTION_FIELD,
    OPTION_PRECISION
};

static const struct option option_table[] = {
    {"model", required_argument, NULL, OPTION_PRESET},
    {"prior", required_argument, NULL, OPTION_PRIOR},
    {"posterior", required_argument, NULL, OPTION_POSTERIOR},
    {"pull", required_argument, NULL, OPTION_PULL},
    {"decoder", required_argument, NULL, OPTION_DECODER},
    {"condition", required_argument, NULL, OPTION_CONDITION},
    {"receptive-field", required_argument, NULL, OPTION_FIELD},
    {"precision", required_argument, NULL, OPTION_PRECISION},
    {"epochs", required_argument, NULL, 'e'},
    {"supervise", no_argument, NULL, OPTION_SUPERVISE},
    {"class-names", required_argument, NULL, OPTION_CLASS_NAMES},
    {"set", required_argument, NULL, OPTION_SET},
    {"settings", no_argument, NULL, OPTION_SETTINGS},
    {"valid", required_argument, NULL, OPTION_VALID},
    {"log", required_argument, NULL, OPTION_LOG},
    {"preview", required_argument, NULL, OPTION_PREVIEW},
    {"checkpoint", required_argument, NULL, OPTION_CHECKPOINT},
    {"every", required_argument, NULL, OPTION_EVERY},
    {"resume", required_argument, NULL, OPTION_RESUME},
    OPTION_OUTPUT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

/* What next_option leaves alone where the option is not given. */
static const uint64_t no_seed = UINT64_MAX;
enum { NO_THREADS = -1 };

/* ---- Parsing ---- */

static void give(train_options *o, const char *name, const char *value)
{
    if (o->given_count == MAX_ASSIGNMENTS) usage_error("too many settings");
    o->given[o->given_count++] = (assignment){name, value};
}

/* NAME=VALUE, cut in place. */
static void give_pair(train_options *o, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text) usage_error("--set '%s': write NAME=VALUE", text);
    *equals = 0;
    give(o, text, equals + 1);
}

/* Settings of a preset go before those given so far, which override them. */
static void give_preset(train_options *o, const char *name)
{
    const pg_preset *preset = pg_preset_find(name);
    if (!preset)
        usage_error("--model '%s': unknown, use pixelgan, pixelcnn, conditional-pixelcnn, vae, "
                    "aae, pixelvae or vlae",
                    name);
    int count = 0;
    while (preset->settings[count].name)
        count++;
    if (o->given_count + count > MAX_ASSIGNMENTS) usage_error("too many settings");
    memmove(o->given + count, o->given, (size_t)o->given_count * sizeof *o->given);
    for (int i = 0; i < count; i++)
        o->given[i] = (assignment){preset->settings[i].name, preset->settings[i].value};
    o->given_count += count;
}

/* Options that are settings of the same name. */
static void give_named(train_options *o, int option)
{
    for (const struct option *entry = option_table; entry->name; entry++)
        if (entry->val == option) give(o, entry->name, optarg);
}

static void take_option(train_options *o, int option)
{
    switch (option) {
    case OPTION_PRESET:
        give_preset(o, optarg);
        break;
    case OPTION_SUPERVISE:
        give(o, "supervise", "1");
        break;
    case OPTION_CLASS_NAMES:
        o->class_names = optarg;
        break;
    case OPTION_SET:
        give_pair(o, optarg);
        break;
    case OPTION_SETTINGS:
        o->list_settings = true;
        break;
    case OPTION_VALID:
        o->valid = optarg;
        break;
    case OPTION_LOG:
        o->log = optarg;
        break;
    case OPTION_PREVIEW:
        o->preview = optarg;
        break;
    case OPTION_CHECKPOINT:
        o->checkpoint = optarg;
        break;
    case OPTION_EVERY:
        o->every = (size_t)parse_integer(optarg, 1, INT32_MAX, "--every");
        break;
    case OPTION_RESUME:
        o->resume = optarg;
        break;
    default:
        give_named(o, option);
    }
}

static bool ends_in_png(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".png") == 0;
}

static void check_files(const train_options *o)
{
    const char *checkpoint = o->checkpoint;
    if (o->every && !checkpoint) usage_error("--every: says when to save --checkpoint FILE");
    if ((checkpoint && strcmp(checkpoint, "-") == 0) || (o->resume && strcmp(o->resume, "-") == 0))
        usage_error("a checkpoint is a file, not '-'");
    if (checkpoint && strcmp(checkpoint, o->shared.output) == 0)
        usage_error("--checkpoint and --output: give them different names");
    if (o->preview && !ends_in_png(o->preview))
        usage_error("--preview '%s': a name that ends in .png", o->preview);
}

/* The command that goes on with this run: the same, with --resume in front. */
static char *make_resume_command(const train_options *o)
{
    if (!o->checkpoint) return NULL;
    const char *arguments = strchr(o->command, ' ');
    if (o->resume || !arguments) return strdup(o->command);
    const char *const words[] = {o->program, "--resume", o->checkpoint};
    char *start = command_line(3, (char *const *)words);
    size_t size = strlen(start) + strlen(arguments) + 1;
    char *whole = realloc(start, size);
    return whole ? strcat(whole, arguments) : start;
}

/* Options that leave the model as it is: where it goes, who does the work, what is said of it. */
static const char *const aside[] = {"threads",    "output", "log",   "preview",
                                    "checkpoint", "every",  "quiet", "verbose"};

static bool is_aside(const struct option *entry)
{
    for (size_t i = 0; i < sizeof aside / sizeof *aside; i++)
        if (strcmp(entry->name, aside[i]) == 0) return true;
    return false;
}

/* The table's entry for a word, -x or -xVALUE or --name or --na=VALUE; NULL where there is none. */
static const struct option *find_option(const char *word, bool *has_value)
{
    bool is_long = strncmp(word, "--", 2) == 0;
    if (word[0] != '-' || !word[1]) return NULL;
    size_t length = strcspn(word + 2, "=");
    if (is_long && !length) return NULL;
    *has_value = word[is_long ? 2 + length : 2] != 0;
    for (const struct option *entry = option_table; entry->name; entry++)
        if (is_long ? strncmp(entry->name, word + 2, length) == 0 : entry->val == word[1])
            return entry;
    return NULL;
}

/* How many words an option that is left aside takes with its value, 0 for anything else. */
static int count_aside(int left, char *const *words)
{
    bool has_value;
    const struct option *entry = find_option(words[0], &has_value);
    if (!entry || !is_aside(entry)) return 0;
    if (entry->has_arg == no_argument) return !has_value; /* -qv and the like stay */
    return !has_value && left > 1 ? 2 : 1;
}

/* The command that makes the same model again: the same for whatever file and number of threads and
 * processes. */
static char *make_recipe(int argc, char *const *argv)
{
    char **words = malloc((size_t)argc * sizeof *words + sizeof *words);
    int count = 0;
    if (!words) fail_with("out of memory");
    words[count++] = "pg-train";
    for (int i = 1; i < argc;) {
        int skipped = count_aside(argc - i, argv + i);
        if (!skipped) words[count++] = argv[i++];
        i += skipped;
    }
    char *recipe = command_line(count, words);
    free(words);
    return recipe;
}

void train_parse_options(int argc, char **argv, train_options *o)
{
    *o = (train_options){
        .program = argv[0], .command = command_line(argc, argv), .recipe = make_recipe(argc, argv)};
    o->shared.seed = no_seed;
    o->shared.threads = NO_THREADS;
    int option;
    while ((option = next_option(argc, argv, option_table, &o->shared)) != -1)
        take_option(o, option);
    o->inputs = all_operands(argc, argv, &o->input_count);
    if (o->resume && !o->checkpoint) o->checkpoint = o->resume;
    check_files(o);
    o->resume_command = make_resume_command(o);
    if (o->list_settings) return;
    for (size_t i = 0; i < o->input_count; i++)
        refuse_terminal_input(o->inputs[i]);
    refuse_terminal_output(o->shared.output);
}

void train_free_options(train_options *o)
{
    free(o->command);
    free(o->recipe);
    free(o->resume_command);
}

/* ---- Settings ---- */

static bool wants_supervision(const train_options *o)
{
    bool wanted = false;
    for (int i = 0; i < o->given_count; i++)
        if (strcmp(o->given[i].name, "supervise") == 0)
            wanted = strcmp(o->given[i].value, "0") != 0;
    return wanted;
}

/* Architecture first, for the defaults of training depend on it. */
static void apply_given(const train_options *o, pg_config *config, pg_train_options *settings)
{
    pg_error err;
    bool taken[MAX_ASSIGNMENTS];
    for (int i = 0; i < o->given_count; i++) {
        pg_status status = pg_config_set(config, o->given[i].name, o->given[i].value, &err);
        taken[i] = status != PG_ERR_UNSUPPORTED;
        if (taken[i] && status != PG_OK) usage_error("%s", err.message);
    }
    if (wants_supervision(o) && config->prior == PG_PRIOR_MIXTURE) config->label_informed = 1;
    if (!o->resume) pg_train_defaults(settings, config, wants_supervision(o));
    settings->threads = default_threads();
    if (o->shared.seed != no_seed) settings->seed = o->shared.seed;
    if (o->shared.threads != NO_THREADS) settings->threads = o->shared.threads;
    for (int i = 0; i < o->given_count; i++)
        if (!taken[i] && pg_train_set(settings, o->given[i].name, o->given[i].value, &err) != PG_OK)
            usage_error("%s", err.message);
}

/* A run goes on with the images that it began with. */
static void refuse_other_images(const train_options *o, const pg_schema *images,
                                const pg_config *config)
{
    const pg_schema wanted = {
        .height = config->height, .width = config->width, .channels = config->channels};
    pg_error err;
    if (pg_images_check(images, &wanted, input_name(o->inputs[0]), o->resume, &err) != PG_OK)
        fail(&err);
}

void train_apply_settings(const train_options *o, const pg_schema *images, pg_config *config,
                          pg_train_options *settings)
{
    pg_error err;
    pg_config_defaults(config);
    if (o->resume && pg_checkpoint_settings(o->resume, config, settings, &err) != PG_OK) fail(&err);
    if (images && o->resume) refuse_other_images(o, images, config);
    if (images) {
        config->height = images->height;
        config->width = images->width;
        config->channels = images->channels;
    }
    apply_given(o, config, settings);
    if (pg_config_check(config, &err) == PG_OK && pg_train_check(settings, config, &err) == PG_OK)
        return;
    if (images) fail(&err);
    usage_error("%s", err.message);
}

void train_list_settings(const pg_config *config, const pg_train_options *settings)
{
    char value[64];
    const char *name, *summary;
    for (int i = 0; (name = pg_config_field(config, i, &summary, value)); i++)
        fprintf(output_stream(), "%s\t%s\t%s\n", name, value, summary);
    for (int i = 0; (name = pg_train_field(settings, i, &summary, value)); i++)
        fprintf(output_stream(), "%s\t%s\t%s\n", name, value, summary);
}
