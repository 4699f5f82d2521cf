/* JPEG, by libjpeg. It leaves errors by longjmp; this file is the only one that calls it, and what
 * it only warns of is an error here where it means that pixels are made up. */
#include <config.h>

#include "image/picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "image/rows.h"
#include "pixelgan/stream.h"

enum {
    MOST_SCANS = 200, /* a picture has some ten; each costs a pass over all of it */
    EXIF_MARKER = JPEG_APP0 + 1,
    PAGES_MARKER = JPEG_APP0 + 2, /* of a file of several pictures (CIPA DC-007) */
    EXIF_START = 6,               /* bytes: Exif, 0, 0 */
    LONGEST_MARKER = 65533
};

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const pg_picture_input *input;
    size_t shown; /* bytes that libjpeg was shown and that are not taken yet */
    uint64_t taken;
    bool ended, decoding;
    char message[JMSG_LENGTH_MAX];
    pg_picture *picture;
    pg_error *err;
} decoder;

/* ---- What libjpeg calls ---- */

static _Noreturn void on_error(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    jpeg->err->format_message(jpeg, d->message);
    longjmp(d->jump, 1);
}

/* Bytes between markers do no harm before the first scan; in a scan they are data lost. */
static bool is_harmless(const decoder *d, const struct jpeg_error_mgr *errors)
{
    switch (errors->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
        return !d->decoding;
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
        return true;
    }
    return false;
}

static void on_message(j_common_ptr jpeg, int level)
{
    decoder *d = jpeg->client_data;
    if (level < 0 && !is_harmless(d, jpeg->err)) on_error(jpeg);
}

static void on_output(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void on_pass(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    if (d->jpeg.input_scan_number <= MOST_SCANS) return;
    snprintf(d->message, sizeof d->message, "more than %d scans", MOST_SCANS);
    longjmp(d->jump, 1);
}

static void on_start(j_decompress_ptr jpeg)
{
    (void)jpeg;
}

static boolean on_empty(j_decompress_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    const uint8_t *bytes;
    d->input->take(d->input->context, d->shown);
    d->taken += d->shown;
    d->shown = d->input->peek(d->input->context, &bytes);
    d->source.next_input_byte = bytes;
    d->source.bytes_in_buffer = d->shown;
    d->ended = d->shown == 0;
    if (d->ended) longjmp(d->jump, 1);
    return TRUE;
}

static void on_skip(j_decompress_ptr jpeg, long count)
{
    decoder *d = jpeg->client_data;
    while (count > 0) {
        if (d->source.bytes_in_buffer == 0) on_empty(jpeg);
        size_t left = d->source.bytes_in_buffer;
        size_t step = (size_t)count < left ? (size_t)count : left;
        d->source.next_input_byte += step;
        d->source.bytes_in_buffer -= step;
        count -= (long)step;
    }
}

/* ---- Decoding ---- */

static pg_status explain(const decoder *d)
{
    if (d->ended)
        return pg_fail(d->err, PG_ERR_FORMAT,
                       "%s: truncated JPEG picture, the file ends after %llu bytes", d->input->name,
                       (unsigned long long)d->taken);
    return pg_fail(d->err, PG_ERR_FORMAT, "%s: broken JPEG picture: %s", d->input->name,
                   d->message);
}

static void take_markers(decoder *d)
{
    for (jpeg_saved_marker_ptr m = d->jpeg.marker_list; m; m = m->next) {
        bool exif = m->marker == EXIF_MARKER && m->data_length > EXIF_START &&
                    memcmp(m->data, "Exif\0", EXIF_START) == 0;
        if (exif)
            d->picture->orientation =
                pg_exif_orientation(m->data + EXIF_START, m->data_length - EXIF_START);
        if (m->marker == PAGES_MARKER && m->data_length >= 4 && memcmp(m->data, "MPF", 4) == 0)
            d->picture->is_alone = true;
    }
}

static pg_status choose_colours(decoder *d, int *channels)
{
    switch (d->jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
        *channels = 1;
        d->jpeg.out_color_space = JCS_GRAYSCALE;
        return PG_OK;
    case JCS_RGB:
    case JCS_YCbCr:
        *channels = 3;
        d->jpeg.out_color_space = JCS_RGB;
        return PG_OK;
    case JCS_CMYK:
    case JCS_YCCK:
        return pg_fail(d->err, PG_ERR_UNSUPPORTED,
                       "%s: a JPEG picture of printing inks (CMYK), whose colours depend on a "
                       "profile; 'convert FILE -colorspace sRGB FILE.png' makes RGB of it",
                       d->input->name);
    default:
        return pg_fail(d->err, PG_ERR_UNSUPPORTED,
                       "%s: a JPEG picture of %d components, only grey and RGB can be read",
                       d->input->name, d->jpeg.num_components);
    }
}

/* All of a picture of several scans is held as coefficients, of two bytes each. */
static pg_status check_scans(decoder *d)
{
    uint64_t samples =
        (uint64_t)d->jpeg.image_height * d->jpeg.image_width * (uint64_t)d->jpeg.num_components;
    if (!jpeg_has_multiple_scans(&d->jpeg) || 2 * samples <= PG_MAX_SOURCE_BYTES) return PG_OK;
    return pg_fail(d->err, PG_ERR_LIMIT,
                   "%s: a progressive JPEG picture of %u x %u pixels; %d are the most of %d "
                   "channels; make it smaller with another program, such as djpeg -scale 1/2",
                   d->input->name, d->jpeg.image_height, d->jpeg.image_width,
                   PG_MAX_SOURCE_BYTES / 2 / d->jpeg.num_components, d->jpeg.num_components);
}

static pg_status read_rows(decoder *d)
{
    pg_image *image = &d->picture->image;
    size_t room = 0, stride = (size_t)image->width * (size_t)image->channels;
    pg_status status = PG_OK;
    for (size_t y = 0; status == PG_OK && y < (size_t)image->height; y++) {
        status = pg_image_grow(image, d->input->name, y, &room, d->err);
        if (status != PG_OK) return status;
        JSAMPROW row = image->pixels + y * stride;
        jpeg_read_scanlines(&d->jpeg, &row, 1);
    }
    return status;
}

static pg_status take_header(decoder *d)
{
    int channels = 0;
    jpeg_save_markers(&d->jpeg, EXIF_MARKER, LONGEST_MARKER);
    jpeg_save_markers(&d->jpeg, PAGES_MARKER, 4);
    jpeg_read_header(&d->jpeg, TRUE);
    take_markers(d);
    pg_status status = choose_colours(d, &channels);
    if (status != PG_OK) return status;
    return pg_image_begin(&d->picture->image, d->input->name, d->jpeg.image_height,
                          d->jpeg.image_width, channels, d->err);
}

static pg_status decode(decoder *d)
{
    if (setjmp(d->jump)) return explain(d);
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.src = &d->source;
    d->jpeg.progress = &d->progress;
    pg_status status = take_header(d);
    if (status != PG_OK) return status;
    status = check_scans(d);
    if (status != PG_OK) return status;
    d->decoding = true;
    jpeg_start_decompress(&d->jpeg);
    status = read_rows(d);
    if (status == PG_OK) jpeg_finish_decompress(&d->jpeg);
    return status;
}

pg_status pg_picture_read_jpeg(const pg_picture_input *input, pg_picture *picture, pg_error *err)
{
    decoder d = {.input = input, .picture = picture, .err = err};
    memset(picture, 0, sizeof *picture);
    picture->orientation = 1;
    d.jpeg.err = jpeg_std_error(&d.errors);
    d.errors.error_exit = on_error;
    d.errors.emit_message = on_message;
    d.errors.output_message = on_output;
    d.progress.progress_monitor = on_pass;
    d.source = (struct jpeg_source_mgr){.init_source = on_start,
                                        .fill_input_buffer = on_empty,
                                        .skip_input_data = on_skip,
                                        .resync_to_restart = jpeg_resync_to_restart,
                                        .term_source = on_start};
    d.jpeg.client_data = &d;
    pg_status status = decode(&d);
    jpeg_destroy_decompress(&d.jpeg);
    input->take(input->context, d.shown - (status == PG_OK ? d.source.bytes_in_buffer : 0));
    if (status != PG_OK) pg_picture_free(picture);
    return status;
}
