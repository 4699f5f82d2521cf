#include <config.h>

#include "places.h"

#include <stdbool.h>
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

/* Files: devices, pipes and standard streams that are none may be named twice. */
static bool is_same_file(const place *a, const place *b)
{
    struct stat first, second;
    bool has_first = find(a, &first), has_second = find(b, &second);
    if (!has_first && !has_second) return strcmp(a->path, b->path) == 0 && !is_standard(a);
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
