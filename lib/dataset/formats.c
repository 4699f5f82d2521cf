/* The formats, in the order in which they are tried. */
#include <config.h>

#include "dataset/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filetype.h"

static const pg_format *const formats[] = {
    &pg_format_npy,     &pg_format_idx,      &pg_format_png,
    &pg_format_pnm,
#if HAVE_JPEG
    &pg_format_jpeg,
#endif
#if HAVE_WEBP
    &pg_format_webp,
#endif
#if HAVE_TIFF
    &pg_format_tiff,
#endif
    &pg_format_folder,  &pg_format_matlab,   &pg_format_norb,
    &pg_format_cifar10, &pg_format_cifar100, &pg_format_cifar100_coarse,
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const char *pg_source_format_name(int i)
{
    return i >= 0 && i < FORMAT_COUNT ? formats[i]->name : NULL;
}

const char *pg_source_format_summary(int i)
{
    return i >= 0 && i < FORMAT_COUNT ? formats[i]->summary : NULL;
}

static const pg_format *format_by_name(const char *name)
{
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i]->name, name) == 0) return formats[i];
    return NULL;
}

static const pg_format *format_by_probe(const pg_probe *probe)
{
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (formats[i]->matches(probe)) return formats[i];
    return NULL;
}

/* ---- A path and the format's source behind it ---- */

typedef struct file_source {
    char *path;
    pg_source_options options;
    bool rewindable;
    pg_source *inner;
    pg_datafile *input; /* what inner reads from; NULL for a folder */
} file_source;

/* The names of the formats without a magic that these bytes may have, as "a or b". */
static void name_possible(const pg_probe *probe, char *names, size_t size)
{
    size_t used = 0;
    *names = 0;
    for (int i = 0; i < FORMAT_COUNT && used < size; i++)
        if (formats[i]->may_be && formats[i]->may_be(probe))
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? " or " : "",
                                     formats[i]->name);
}

/* Black pixels, too, begin with zeros. */
static bool is_known(const pg_probe *probe)
{
    static const uint8_t zeros[8];
    bool black = probe->available >= sizeof zeros && !memcmp(probe->bytes, zeros, sizeof zeros);
    return !black && pg_filetype_name(probe->bytes, probe->available);
}

static pg_status unknown_format(const pg_probe *probe, const char *name, pg_error *err)
{
    char names[64];
    name_possible(probe, names, sizeof names);
    if (!*names || is_known(probe))
        return pg_refuse_file(name, NULL, PG_USE_IMAGES, probe->bytes, probe->available, err);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: its first bytes tell no format; if it is CIFAR, say so with --from %s",
                   name, names);
}

static pg_status choose_format(const pg_probe *probe, const char *name,
                               const pg_source_options *options, const pg_format **format,
                               pg_error *err)
{
    if (!options->format) {
        *format = format_by_probe(probe);
        return *format ? PG_OK : unknown_format(probe, name, err);
    }
    *format = format_by_name(options->format);
    if (!*format) return pg_fail(err, PG_ERR_ARGUMENT, "no format is called '%s'", options->format);
    if (probe->folder != (*format == &pg_format_folder))
        return pg_fail(err, PG_ERR_FORMAT, "%s: %s, so it cannot be read as %s", name,
                       probe->folder ? "is a folder" : "is no folder", options->format);
    if (!probe->folder && probe->available == 0)
        return pg_refuse_file(name, NULL, PG_USE_IMAGES, NULL, 0, err);
    return PG_OK;
}

/* What only arrays without a word on their layout need. */
static pg_status check_plain_options(const file_source *file, const pg_format *format,
                                     const char *name, pg_error *err)
{
    if ((!file->options.layout && !file->options.has_values) || format == &pg_format_npy)
        return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: is read as %s, which tells its layout and values; --layout and --values "
                   "are for plain .npy arrays",
                   name, format->name);
}

static pg_status open_file(file_source *file, pg_error *err)
{
    const pg_format *format;
    pg_probe probe = {.path = file->path};
    pg_status status = pg_datafile_open(file->path, &file->input, err);
    if (status != PG_OK) return status;
    status = pg_datafile_peek(file->input, PG_BUFFER_BYTES, &probe.bytes, &probe.available, err);
    if (status != PG_OK) return status;
    probe.whole = probe.available < PG_BUFFER_BYTES;
    const char *name = pg_datafile_name(file->input);
    status = choose_format(&probe, name, &file->options, &format, err);
    if (status == PG_OK) status = check_plain_options(file, format, name, err);
    if (status != PG_OK) return status;
    pg_opening opening = {.path = file->path, .input = file->input, .options = &file->options};
    return format->open(&opening, &file->inner, err);
}

static pg_status open_folder(file_source *file, pg_error *err)
{
    const pg_format *format;
    pg_probe probe = {.path = file->path, .folder = true};
    pg_status status = choose_format(&probe, file->path, &file->options, &format, err);
    if (status == PG_OK) status = check_plain_options(file, format, file->path, err);
    if (status != PG_OK) return status;
    pg_opening opening = {.path = file->path, .options = &file->options};
    return format->open(&opening, &file->inner, err);
}

static pg_status open_either(file_source *file, pg_error *err)
{
    struct stat info;
    bool standard = strcmp(file->path, "-") == 0;
    if (!standard && stat(file->path, &info) != 0)
        return pg_fail_errno(err, errno, "%s: cannot open", file->path);
    bool folder = !standard && S_ISDIR(info.st_mode);
    file->rewindable = pg_path_can_reopen(file->path);
    return folder ? open_folder(file, err) : open_file(file, err);
}

static void close_inner(file_source *file)
{
    pg_source_close(file->inner);
    pg_datafile_close(file->input);
    file->inner = NULL;
    file->input = NULL;
}

static pg_status file_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    file_source *file = source->state;
    return file->inner->class->next(file->inner, chunk, err);
}

static pg_status file_rewind(pg_source *source, pg_error *err)
{
    file_source *file = source->state;
    close_inner(file);
    pg_status status = open_either(file, err);
    if (status == PG_OK && !pg_schema_equal(&file->inner->schema, &source->schema))
        status = pg_fail(err, PG_ERR_FORMAT, "%s: changed while it was read", file->path);
    return status;
}

static bool file_can_rewind(const pg_source *source)
{
    const file_source *file = source->state;
    return file->rewindable;
}

/* Those of the format, then that of the file. */
static const pg_remark *file_remark(const pg_source *source, size_t i)
{
    const file_source *file = source->state;
    if (!file->inner) return NULL;
    return pg_source_remark_or(file->inner, file->input ? pg_datafile_remark(file->input) : NULL,
                               i);
}

static const pg_class_names *file_class_names(const pg_source *source)
{
    const file_source *file = source->state;
    return file->inner ? pg_source_class_names(file->inner) : NULL;
}

static bool file_files(const pg_source *source, uint64_t *done, uint64_t *total)
{
    const file_source *file = source->state;
    return file->inner && pg_source_files(file->inner, done, total);
}

static void file_close(void *state)
{
    file_source *file = state;
    if (!file) return;
    close_inner(file);
    free(file->path);
    free(file);
}

static const pg_source_class file_class = {.next = file_next,
                                           .rewind = file_rewind,
                                           .can_rewind = file_can_rewind,
                                           .remark = file_remark,
                                           .class_names = file_class_names,
                                           .files = file_files,
                                           .close = file_close};

pg_status pg_file_source_open(const char *path, const pg_source_options *options,
                              pg_source **source, pg_error *err)
{
    *source = NULL;
    file_source *file = calloc(1, sizeof *file);
    if (file) file->path = strdup(path);
    if (!file || !file->path) {
        file_close(file);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    }
    file->options = *options;
    pg_status status = open_either(file, err);
    if (status == PG_OK)
        return pg_source_create(&file_class, file, &file->inner->schema, file->inner->known_count,
                                source, err);
    file_close(file);
    return status;
}
