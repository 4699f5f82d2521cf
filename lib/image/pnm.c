/* PNM and PAM. libnetpbm reports errors by a message function and a longjmp
 * (or by exit where none is set), both process-wide: this file is the only one
 * that calls its readers, sets both before and clears both after. */
#include <config.h>

#include "image/pnm.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <netpbm/pam.h>

#include "image/picture.h"
#include "image/rows.h"
#include "image/samples.h"
#include "pixelgan/stream.h"

/* One image while libnetpbm may jump; everything to release is reachable from here. */
typedef struct reading {
    FILE *stream;
    struct pam pam;
    tuple *row;
    jmp_buf *outer; /* of the program around us */
    pg_image *image;
    const char *name;
    pg_error *err;
    pg_status status;
} reading;

static char last_message[256];

static void keep_message(const char *message)
{
    snprintf(last_message, sizeof last_message, "%s", message);
    size_t length = strlen(last_message);
    while (length && strchr(". \n", last_message[length - 1]))
        last_message[--length] = 0; /* ours end without a full stop */
}

static void ignore_message(const char *message)
{
    (void)message;
}

static bool has_alpha(const struct pam *pam)
{
    size_t length = strlen(pam->tuple_type);
    return length >= 6 && strcmp(pam->tuple_type + length - 6, "_ALPHA") == 0;
}

/* Checks the header, for which nothing was allocated yet, and takes the shape from it. */
static pg_status take_header(const reading *r)
{
    const struct pam *pam = &r->pam;
    unsigned colours = pam->depth - (has_alpha(pam) && pam->depth > 1 ? 1 : 0);
    if ((colours != 1 && colours != 3) || pam->depth > 4)
        return pg_fail(r->err, PG_ERR_UNSUPPORTED,
                       "%s: PAM of depth %u, only grey and RGB with or without alpha can be read",
                       r->name, pam->depth);
    pg_status status =
        pg_image_begin(r->image, r->name, pam->height, pam->width, (int)colours, r->err);
    if (status == PG_OK) r->image->channels = (int)pam->depth;
    return status;
}

static void convert_row(const reading *r, uint8_t *out)
{
    const pg_image *image = r->image;
    uint32_t maxval = (uint32_t)r->pam.maxval;
    for (int x = 0; x < image->width; x++)
        for (int c = 0; c < image->channels; c++)
            *out++ = pg_sample_to_byte((uint32_t)r->row[x][c], maxval);
}

/* The part that libnetpbm may leave by a jump. */
static pg_status read_one(reading *r)
{
    size_t room = 0;
    pnm_readpaminit(r->stream, &r->pam, sizeof r->pam);
    pg_status status = take_header(r);
    if (status != PG_OK) return status;
    r->row = pnm_allocpamrow(&r->pam);
    size_t stride = (size_t)r->image->channels * (size_t)r->image->width;
    for (size_t y = 0; status == PG_OK && y < (size_t)r->pam.height; y++) {
        pnm_readpamrow(&r->pam, r->row);
        status = pg_image_grow(r->image, r->name, y, &room, r->err);
        if (status == PG_OK) convert_row(r, r->image->pixels + y * stride);
    }
    return status;
}

/* What a jump meant; libnetpbm has a limit of its own beyond ours. */
static pg_status explain(const reading *r)
{
    if (strstr(last_message, "too large"))
        return pg_fail(r->err, PG_ERR_FORMAT,
                       "%s: broken PNM image: %s; sides are 1 to %d, and %d bytes the most in all",
                       r->name, last_message, PG_MAX_SOURCE_SIDE, PG_MAX_SOURCE_BYTES);
    return pg_fail(r->err, PG_ERR_FORMAT, "%s: %s: %s", r->name,
                   feof(r->stream) ? "truncated or broken PNM image" : "broken PNM image",
                   last_message);
}

static pg_status read_guarded(reading *r)
{
    jmp_buf jump;
    last_message[0] = 0;
    if (setjmp(jump) == 0) {
        pm_setjmpbufsave(&jump, &r->outer);
        pm_setusererrormsgfn(keep_message);
        pm_setusermessagefn(ignore_message);
        r->status = read_one(r);
    } else {
        r->status = explain(r);
    }
    pm_setjmpbuf(r->outer);
    pm_setusererrormsgfn(NULL);
    pm_setusermessagefn(NULL);
    return r->status;
}

/* The first byte of the next image: 'P', EOF at a clean end, or what is there instead.
 * White space between images is allowed, as plain PNM needs it. */
static int peek_magic(FILE *stream)
{
    int c;
    do
        c = getc(stream);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    if (c != EOF) ungetc(c, stream);
    return c;
}

pg_status pg_picture_read_pnm(FILE *stream, const char *name, pg_picture *picture, bool *found,
                              pg_error *err)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    memset(picture, 0, sizeof *picture);
    picture->orientation = 1;
    *found = false;
    errno = 0;
    int c = peek_magic(stream);
    if (ferror(stream)) return pg_fail_errno(err, errno ? errno : EIO, "%s: cannot read", name);
    if (c == EOF) return PG_OK;
    if (c != 'P')
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: byte 0x%02x where a PNM or PAM image (P1 to P7) should begin", name,
                       (unsigned)c);
    reading r = {.stream = stream, .image = &picture->image, .name = name, .err = err};
    pthread_mutex_lock(&one_at_a_time);
    pg_status status = read_guarded(&r);
    pthread_mutex_unlock(&one_at_a_time);
    if (r.row) pnm_freepamrow(r.row);
    if (status != PG_OK) pg_picture_free(picture);
    *found = status == PG_OK;
    return status;
}

pg_status pg_image_read_pnm(FILE *stream, const char *name, pg_image *image, bool *found,
                            pg_error *err)
{
    static const uint8_t black[3] = {0, 0, 0};
    pg_picture picture;
    pg_status status = pg_picture_read_pnm(stream, name, &picture, found, err);
    if (status == PG_OK && *found) (void)pg_picture_flatten(&picture, black);
    *image = picture.image;
    return status;
}

/* The header is two numbers; libnetpbm's writer would only add its jumps. */
pg_status pg_pnm_write(FILE *stream, const char *name, const pg_image *image, pg_error *err)
{
    size_t bytes = (size_t)image->height * (size_t)image->width * (size_t)image->channels;
    errno = 0;
    if (fprintf(stream, "P%c\n%d %d\n255\n", image->channels == 1 ? '5' : '6', image->width,
                image->height) < 0 ||
        fwrite(image->pixels, 1, bytes, stream) != bytes)
        return pg_fail_errno(err, errno ? errno : EIO, "%s: cannot write", name);
    return PG_OK;
}
