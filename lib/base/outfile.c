#include "base/outfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens an existing device, fifo or socket directly: those have no "unfinished" state. */
static pg_status open_directly(pg_outfile *out, const char *path, pg_error *err)
{
    out->stream = fopen(path, "wb");
    if (!out->stream) return pg_fail_errno(err, errno, "%s: cannot write", path);
    out->path = strdup(path);
    if (out->path) return PG_OK;
    pg_outfile_abandon(out);
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
}

/* mkstemp makes files private; give this one what the umask would have given. */
static void apply_umask(int fd, const struct stat *existing)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, existing ? existing->st_mode & 0777 : 0666 & ~mask);
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
    if (exists && !S_ISREG(info.st_mode)) return open_directly(out, path, err);

    size_t size = strlen(path) + sizeof ".XXXXXX";
    out->path = strdup(path);
    out->temporary = malloc(size);
    if (!out->path || !out->temporary) {
        pg_outfile_abandon(out);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    }
    snprintf(out->temporary, size, "%s.XXXXXX", path);
    int fd = mkstemp(out->temporary);
    if (fd < 0) {
        int why = errno;
        free(out->temporary);
        out->temporary = NULL;
        pg_outfile_abandon(out);
        return pg_fail_errno(err, why, "%s: cannot create a file beside it", path);
    }
    apply_umask(fd, exists ? &info : NULL);
    out->stream = fdopen(fd, "wb");
    if (out->stream) return PG_OK;
    int why = errno;
    close(fd);
    pg_outfile_abandon(out);
    return pg_fail_errno(err, why, "%s: cannot write", path);
}

/* Writes what is buffered and, for a regular file, waits for the disk. */
static int flush_to_disk(const pg_outfile *out)
{
    if (fflush(out->stream) != 0 || ferror(out->stream)) return errno ? errno : EIO;
    if (out->temporary && fsync(fileno(out->stream)) != 0) return errno;
    return 0;
}

pg_status pg_outfile_commit(pg_outfile *out, pg_error *err)
{
    const char *name = out->path ? out->path : "standard output";
    errno = 0;
    int why = flush_to_disk(out);
    if (!why && out->path) {
        if (fclose(out->stream) != 0) why = errno;
        out->stream = NULL;
    }
    if (!why && out->temporary && rename(out->temporary, out->path) != 0) why = errno;
    pg_status status = why ? pg_fail_errno(err, why, "%s: cannot write", name) : PG_OK;
    if (!why) {
        free(out->temporary);
        out->temporary = NULL;
    }
    pg_outfile_abandon(out);
    return status;
}

void pg_outfile_abandon(pg_outfile *out)
{
    if (out->stream && out->stream != stdout) fclose(out->stream);
    if (out->temporary) {
        unlink(out->temporary);
        free(out->temporary);
    }
    free(out->path);
    memset(out, 0, sizeof *out);
}
