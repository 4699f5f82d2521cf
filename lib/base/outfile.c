#include <config.h>

#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RANDOM_LETTERS = 6, DESCRIPTOR_NAME = 64, MOST_ATTEMPTS = 100 };

/* Opens an existing device, fifo or socket directly: those have no "unfinished" state. */
static pg_status open_directly(pg_outfile *out, pg_error *err)
{
    out->stream = fopen(out->path, "wb");
    if (out->stream) return PG_OK;
    int why = errno;
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
    out->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out->stream) {
        if (existing) (void)!fchmod(fd, existing->st_mode & 0777);
        return PG_OK;
    }
    pg_status status = pg_fail_errno(err, errno, "%s: cannot create a file beside it", out->path);
    if (fd >= 0) close(fd);
    pg_outfile_abandon(out);
    return status;
}

pg_status pg_outfile_open(pg_outfile *out, const char *path, pg_error *err)
{
    memset(out, 0, sizeof *out);
    if (strcmp(path, "-") == 0) {
        out->stream = stdout;
        return PG_OK;
    }
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
    if (fflush(out->stream) != 0 || ferror(out->stream)) return errno ? errno : EIO;
    if (out->target && fsync(fileno(out->stream)) != 0) return errno;
    return 0;
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
    descriptor_name(fileno(out->stream), descriptor);
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
    int why = fclose(out->stream) == 0 ? 0 : errno;
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
    errno = 0;
    int why = flush_to_disk(out);
    if (!why && out->target && !out->temporary) why = give_name(out);
    if (!why && out->path) why = close_stream(out);
    if (!why && out->target) why = rename_to_target(out);
    const char *name = out->path ? out->path : "standard output";
    pg_status status = why ? pg_fail_errno(err, why, "%s: cannot write", name) : PG_OK;
    pg_outfile_abandon(out);
    return status;
}

void pg_outfile_abandon(pg_outfile *out)
{
    if (out->stream && out->stream != stdout) fclose(out->stream);
    if (out->temporary) unlink(out->temporary);
    free(out->temporary);
    free(out->target);
    free(out->path);
    memset(out, 0, sizeof *out);
}
