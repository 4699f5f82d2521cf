#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "train.h"

void train_describe_nll(const pg_config *config, double nll, char *text, size_t size)
{
    int used = snprintf(text, size, "nll %.2f", nll);
    if (config->likelihood != PG_LIKELIHOOD_BERNOULLI)
        snprintf(text + used, size - used, " (%.3f bits/dim)",
                 pg_config_bits_per_dimension(config, nll));
}

/* Adds to the text, two spaces after what is there. */
static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *format, ...)
{
    va_list values;
    size_t used = strlen(text);
    if (used) used += snprintf(text + used, size - used, "  ");
    va_start(values, format);
    vsnprintf(text + used, size - used, format, values);
    va_end(values);
}

void train_describe_losses(const pg_config *config, const pg_train_options *settings,
                           const pg_train_losses *losses, char *text, size_t size)
{
    text[0] = 0;
    if (settings->reconstruction_weight > 0) train_describe_nll(config, losses->nll, text, size);
    if (config->pull == PG_PULL_GAN && config->code_dim && settings->adversarial_weight > 0)
        add(text, size, "D %.2f  G %.2f", losses->discriminator, losses->adversarial);
    if (config->pull == PG_PULL_KL) add(text, size, "kl %.2f", losses->kl);
    if (losses->agreement > 0) add(text, size, "agree %.3f", losses->agreement);
    if (settings->supervise) add(text, size, "class %.3f", losses->supervised);
}

/* ---- Log ---- */

/* A reader that has left asked the run to stop, and it is saved before it does. */
static void fail_on_log(const char *path, int why)
{
    pg_error err;
    if (why == EPIPE && interrupt_stops() == SIGPIPE) return;
    const char *name = strcmp(path, "-") == 0 ? "standard output" : path;
    pg_fail_errno(&err, why, "%s: cannot write the log", name);
    fail(&err);
}

/* Bytes of the lines up to that epoch. What follows, epochs after the
 * checkpoint or a line cut short, will be written again. */
static off_t length_up_to(FILE *log, int epochs_done)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int epoch;
    off_t length = 0;
    while ((size = getline(&line, &room, log)) > 0 && line[size - 1] == '\n' &&
           sscanf(line, "{\"epoch\": %d,", &epoch) == 1 && epoch <= epochs_done)
        length += size;
    free(line);
    return length;
}

static void keep_up_to(int fd, const char *path, int epochs_done)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
    FILE *log = fopen(path, "re");
    if (!log) fail_on_log(path, errno);
    off_t length = length_up_to(log, epochs_done);
    fclose(log);
    if (ftruncate(fd, length) != 0 || lseek(fd, length, SEEK_SET) < 0) fail_on_log(path, errno);
}

static int open_for_writing(const char *path, bool resumed)
{
    if (strcmp(path, "-") == 0) return dup(STDOUT_FILENO);
    return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (resumed ? 0 : O_TRUNC), 0666);
}

pg_output *train_open_log(const char *path, int epochs_done, bool resumed)
{
    if (!path) return NULL;
    int fd = open_for_writing(path, resumed);
    if (fd < 0) fail_on_log(path, errno);
    if (resumed && strcmp(path, "-") != 0) keep_up_to(fd, path, epochs_done);
    pg_output *log = pg_output_open(fd);
    if (!log) fail_with("%s: out of memory", path);
    return log;
}

void train_write_log(pg_output *log, const char *path, const pg_config *config,
                     const pg_train_options *settings, const epoch_report *r)
{
    if (!log) return;
    FILE *to = log->stream;
    fprintf(to, "{\"epoch\": %d", r->epoch);
    if (settings->reconstruction_weight > 0)
        fprintf(to, ", \"nll\": %.6g, \"bits_per_dimension\": %.6g", r->losses.nll,
                pg_config_bits_per_dimension(config, r->losses.nll));
    if (!isnan(r->valid_nll)) fprintf(to, ", \"valid_nll\": %.6g", r->valid_nll);
    fprintf(to,
            ", \"discriminator\": %.6g, \"adversarial\": %.6g, \"agreement\": %.6g, "
            "\"supervised\": %.6g, \"kl\": %.6g, \"seconds\": %.3f, \"images_per_second\": %.1f}\n",
            r->losses.discriminator, r->losses.adversarial, r->losses.agreement,
            r->losses.supervised, r->losses.kl, r->seconds, r->images_per_second);
    int why = pg_output_flush(log);
    if (why) fail_on_log(path, why);
}

void train_close_log(pg_output *log, const char *path)
{
    int why = log ? pg_output_close(log, true) : 0;
    if (why) fail_on_log(path, why);
}

/* ---- Validation ---- */

enum { VALID_CHUNK = 512 };

/* Images on their way through the engine. */
typedef struct valid_chunk {
    size_t first, count;
    uint8_t *images;
    const int32_t *labels; /* or NULL */
    float *codes, *nll;
} valid_chunk;

/* Codes of the images, as far as their nll takes any. */
static pg_status find_codes(const pg_model *model, pg_engine *engine, const valid_chunk *c,
                            pg_error *err)
{
    const pg_config *config = pg_model_config(model);
    if (!pg_config_has_code(config)) return PG_OK;
    if (!pg_config_code_is_label(config))
        return pg_engine_encode(engine, c->images, c->first, c->count, false, c->codes, err);
    if (!c->labels)
        return pg_fail(err, PG_ERR_ARGUMENT, "--valid: has no labels, which this model needs");
    return pg_model_label_codes(model, c->labels, c->count, c->codes, err);
}

static pg_status find_nll(const pg_model *model, pg_engine *engine, const valid_chunk *c,
                          pg_error *err)
{
    if (pg_config_nll_kind(pg_model_config(model)) == PG_NLL_BOUND)
        return pg_engine_bound(engine, c->images, c->first, c->count, 1, c->nll, NULL, err);
    pg_status status = find_codes(model, engine, c, err);
    if (status != PG_OK) return status;
    return pg_engine_nll(engine, c->images, c->codes, c->first, c->count, c->nll, err);
}

static double sum_nll(const pg_model *model, pg_engine *engine, const pg_records *images,
                      valid_chunk *c)
{
    pg_error err;
    double sum = 0;
    for (c->first = 0; c->first < images->count; c->first += c->count) {
        size_t left = images->count - c->first;
        c->count = left < VALID_CHUNK ? left : VALID_CHUNK;
        c->labels = images->label ? images->label + c->first : NULL;
        pg_records_copy_images(images, c->first, c->count, c->images);
        if (find_nll(model, engine, c, &err) != PG_OK) fail(&err);
        for (size_t i = 0; i < c->count; i++)
            sum += c->nll[i];
    }
    return sum;
}

/* Mean nll of the images, of the kind the model allows; the engine is made anew
 * for it takes the weights as they are when it is made. */
double train_mean_nll(const pg_model *model, const pg_train_options *settings,
                      const pg_records *images)
{
    pg_error err;
    pg_engine *engine;
    size_t dim = pg_model_config(model)->code_dim;
    valid_chunk c = {.images = calloc(VALID_CHUNK, pg_schema_image_size(&images->schema)),
                     .codes = calloc(VALID_CHUNK * dim + 1, sizeof *c.codes),
                     .nll = calloc(VALID_CHUNK, sizeof *c.nll)};
    if (!c.images || !c.codes || !c.nll) fail_with("out of memory for --valid");
    if (pg_engine_create(model, settings->threads, settings->seed, &engine, &err) != PG_OK)
        fail(&err);
    double sum = sum_nll(model, engine, images, &c);
    pg_engine_free(engine);
    free(c.images);
    free(c.codes);
    free(c.nll);
    return sum / images->count;
}
