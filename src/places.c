#include <config.h>

#include "places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"
#include "common.h"

static bool is_written(const place *p)
{
    return p->use >= PLACE_WRITE;
}

static bool is_standard(const place *p)
{
    return strcmp(p->path, "-") == 0;
}

static bool find(const place *p, struct stat *info)
{
    if (is_standard(p)) return fstat(is_written(p) ? STDOUT_FILENO : STDIN_FILENO, info) == 0;
    return stat(p->path, info) == 0;
}

/* What a name says of the folder that it is in; false where there is no such folder. */
static bool find_folder(const char *path, struct stat *info)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    bool found = folder && stat(folder, info) == 0;
    free(folder);
    return found;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Names of files that are not there yet: "x" and "./x" will be one. */
static bool will_be_same(const place *a, const place *b)
{
    struct stat first, second;
    if (is_standard(a) || is_standard(b)) return false;
    return strcmp(last_part(a->path), last_part(b->path)) == 0 && find_folder(a->path, &first) &&
           find_folder(b->path, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Files: devices, pipes and standard streams that are none may be named twice. */
static bool is_same_file(const place *a, const place *b)
{
    struct stat first, second;
    bool has_first = find(a, &first), has_second = find(b, &second);
    if (!has_first && !has_second) return will_be_same(a, b);
    return has_first && has_second && S_ISREG(first.st_mode) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static bool may_replace(const place *output, const place *input)
{
    return output->use == PLACE_REPLACING && input->use == PLACE_REPLACEABLE &&
           !is_standard(output);
}

static void refuse_same_file(const place *output, const place *other)
{
    if (!other->path || may_replace(output, other) || !is_same_file(output, other)) return;
    const char *name = is_standard(output) ? other->path : output->path;
    usage_error("%s: is %s as well as %s; give them different names",
                strcmp(name, "-") == 0 ? "standard output" : name, output->what, other->what);
}

/* A file that is neither there nor "-" can be made, or the one there replaced. */
static void refuse_unwritable(const place *output)
{
    struct stat info;
    pg_outfile out;
    pg_error err;
    if (is_standard(output) || output->use == PLACE_GROWING) return;
    if (stat(output->path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
    if (pg_outfile_open(&out, output->path, &err) != PG_OK) fail(&err);
    pg_outfile_abandon(&out);
}

void check_places(const place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!places[i].path || !is_written(&places[i])) continue;
        for (size_t j = 0; j < count; j++)
            if (j < i || !is_written(&places[j])) refuse_same_file(&places[i], &places[j]);
    }
    for (size_t i = 0; i < count; i++)
        if (places[i].path && is_written(&places[i])) refuse_unwritable(&places[i]);
}
