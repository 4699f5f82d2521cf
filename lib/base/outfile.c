#include <config.h>

#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RANDOM_LETTERS = 6, DESCRIPTOR_NAME = 64, MOST_ATTEMPTS = 100 };

static bool use_descriptor(pg_outfile *out, int fd)
{
    out->start = -1;
    out->output = pg_output_open(fd);
    out->stream = out->output ? out->output->stream : NULL;
    return out->output != NULL;
}

/* Opens an existing device, fifo or socket directly: those have no "unfinished" state. */
static pg_status open_directly(pg_outfile *out, pg_error *err)
{
    int fd = open(out->path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && use_descriptor(out, fd)) return PG_OK;
    int why = errno;
    if (fd >= 0) close(fd);
    pg_status status = pg_fail_errno(err, why, "%s: cannot write", out->path);
    pg_outfile_abandon(out);
    return status;
}

/* A symbolic link stays one: the file that it names is replaced. */
static char *find_target(const char *path)
{
    struct stat info;
    char *target = NULL;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) target = realpath(path, NULL);
    return target ? target : strdup(path);
}

static void descriptor_name(int fd, char name[DESCRIPTOR_NAME])
{
    snprintf(name, DESCRIPTOR_NAME, "/proc/self/fd/%d", fd);
}

/* A file that has no name yet; -1 where it could not be given one later. */
static int open_unnamed(const char *target)
{
#ifdef O_TMPFILE
    char name[DESCRIPTOR_NAME], *folder = strdup(target);
    if (!folder) return -1;
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    free(folder);
    if (fd < 0) return -1;
    descriptor_name(fd, name);
    if (access(name, F_OK) == 0) return fd;
    close(fd);
#else
    (void)target;
#endif
    return -1;
}

static char *temporary_name(const char *target)
{
    size_t size = strlen(target) + sizeof ".XXXXXX";
    char *name = malloc(size);
    if (name) snprintf(name, size, "%s.XXXXXX", target);
    return name;
}

/* mkstemp makes files private; give this one what the umask would have given. */
static void apply_umask(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, 0666 & ~mask);
}

/* A file with a temporary name, for file systems where there is no other way. */
static int open_named(pg_outfile *out)
{
    out->temporary = temporary_name(out->target);
    if (!out->temporary) return -1;
    int fd = mkstemp(out->temporary);
    if (fd >= 0) {
        apply_umask(fd);
        return fd;
    }
    int why = errno;
    free(out->temporary);
    out->temporary = NULL;
    errno = why;
    return -1;
}

static pg_status open_beside(pg_outfile *out, const struct stat *existing, pg_error *err)
{
    errno = ENOMEM;
    out->target = find_target(out->path);
    int fd = out->target ? open_unnamed(out->target) : -1;
    if (out->target && fd < 0) fd = open_named(out);
    if (fd >= 0 && use_descriptor(out, fd)) {
        if (existing) (void)!fchmod(fd, existing->st_mode & 0777);
        return PG_OK;
    }
    pg_status status = pg_fail_errno(err, errno, "%s: cannot create a file beside it", out->path);
    if (fd >= 0) close(fd);
    pg_outfile_abandon(out);
    return status;
}

/* Where standard output is a file that can be cut: the place, else -1. */
static off_t find_start(void)
{
    struct stat info;
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    if (flags < 0 || flags & O_APPEND) return -1;
    if (fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode)) return -1;
    return lseek(STDOUT_FILENO, 0, SEEK_CUR);
}

/* After what the program around us may have written there. */
static pg_status open_standard(pg_outfile *out, pg_error *err)
{
    if (fflush(stdout) != 0) return pg_fail_errno(err, errno, "standard output: cannot write");
    if (!use_descriptor(out, STDOUT_FILENO))
        return pg_fail(err, PG_ERR_MEMORY, "standard output: out of memory");
    out->start = find_start();
    return PG_OK;
}

pg_status pg_outfile_open(pg_outfile *out, const char *path, pg_error *err)
{
    memset(out, 0, sizeof *out);
    if (strcmp(path, "-") == 0) return open_standard(out, err);
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return pg_fail_errno(err, EISDIR, "%s: cannot write", path);
    /* A rename would replace also what is protected. */
    if (exists && access(path, W_OK) != 0)
        return pg_fail_errno(err, errno, "%s: cannot write", path);
    out->path = strdup(path);
    if (!out->path) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    if (exists && !S_ISREG(info.st_mode)) return open_directly(out, err);
    return open_beside(out, exists ? &info : NULL, err);
}

/* Writes what is buffered and, for a regular file, waits for the disk. */
static int flush_to_disk(const pg_outfile *out)
{
    int why = pg_output_flush(out->output);
    if (!why && out->target && fsync(out->output->fd) != 0) why = errno;
    return why;
}

/* Letters that another process, or this one a moment ago, will hardly have taken. */
static void choose_letters(char *letters, int attempt)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    unsigned long number =
        (unsigned long)t.tv_nsec * 2654435761u + (unsigned long)getpid() * 40503u;
    number += (unsigned long)attempt * 7919u;
    for (int i = 0; i < RANDOM_LETTERS; i++, number /= 26)
        letters[i] = (char)('a' + number % 26);
}

/* Gives a file without a name a temporary one: only a rename can replace what is there. */
static int give_name(pg_outfile *out)
{
    char descriptor[DESCRIPTOR_NAME], *name = temporary_name(out->target);
    if (!name) return ENOMEM;
    descriptor_name(out->output->fd, descriptor);
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        choose_letters(name + strlen(name) - RANDOM_LETTERS, attempt);
        if (linkat(AT_FDCWD, descriptor, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            out->temporary = name;
            return 0;
        }
        if (errno != EEXIST) break;
    }
    int why = errno;
    free(name);
    return why;
}

static int close_stream(pg_outfile *out)
{
    int why = pg_output_close(out->output, out->path != NULL);
    out->output = NULL;
    out->stream = NULL;
    return why;
}

static int rename_to_target(pg_outfile *out)
{
    if (rename(out->temporary, out->target) != 0) return errno;
    free(out->temporary);
    out->temporary = NULL;
    return 0;
}

pg_status pg_outfile_commit(pg_outfile *out, pg_error *err)
{
    int why = flush_to_disk(out);
    if (!why && out->target && !out->temporary) why = give_name(out);
    if (!why) why = close_stream(out);
    if (!why && out->target) why = rename_to_target(out);
    const char *name = out->path ? out->path : "standard output";
    pg_status status = why ? pg_fail_errno(err, why, "%s: cannot write", name) : PG_OK;
    pg_outfile_abandon(out);
    return status;
}

static void take_back(const pg_outfile *out)
{
    if (out->path || out->start < 0) return;
    if (lseek(STDOUT_FILENO, out->start, SEEK_SET) == out->start)
        (void)!ftruncate(STDOUT_FILENO, out->start);
}

void pg_outfile_abandon(pg_outfile *out)
{
    if (out->output) {
        if (out->target || out->start >= 0) out->output->why = ECANCELED; /* writes no more */
        (void)close_stream(out);
        take_back(out);
    }
    if (out->temporary) unlink(out->temporary);
    free(out->temporary);
    free(out->target);
    free(out->path);
    memset(out, 0, sizeof *out);
}
