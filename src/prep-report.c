#include <config.h>

#include "prep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum {
    LINE_LIMIT = 1000,   /* of a list, without -v */
    MOST_SUMS = 1 << 20, /* images compared with those before */
    FIRST_SUMS = 1 << 10
};

/* ---- A look at the images ---- */

/* Not to withstand anybody: images that are alike are only told. */
static uint64_t sum_of(const uint8_t *bytes, size_t count)
{
    uint64_t sum = count, word;
    for (; count >= sizeof word; bytes += sizeof word, count -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    for (; count; bytes++, count--)
        sum = (sum ^ *bytes) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 32;
    return sum ? sum : 1; /* 0 is a free place */
}

/* False where the sum was there before. The places are twice as many as sums, at least. */
static bool insert(uint64_t *places, size_t room, uint64_t sum)
{
    size_t i = (size_t)sum & (room - 1);
    for (; places[i]; i = (i + 1) & (room - 1))
        if (places[i] == sum) return false;
    places[i] = sum;
    return true;
}

/* Where memory is short, fewer are compared. */
static bool make_room(image_look *look)
{
    if (2 * (look->count + 1) <= look->room) return true;
    if (look->count >= MOST_SUMS) return false;
    size_t room = look->room ? 2 * look->room : FIRST_SUMS;
    uint64_t *places = calloc(room, sizeof *places);
    if (!places) return false;
    for (size_t i = 0; i < look->room; i++)
        if (look->places[i]) insert(places, room, look->places[i]);
    free(look->places);
    look->places = places;
    look->room = room;
    return true;
}

static void look_at_image(image_look *look, const uint8_t *image, size_t size, size_t channels)
{
    look->images++;
    if (size > channels && memcmp(image, image + channels, size - channels) == 0) {
        look->of_one_colour++;
    } else if (make_room(look)) {
        bool fresh = insert(look->places, look->room, sum_of(image, size));
        look->alike += !fresh;
        look->count += fresh;
    }
}

void look_at_images(image_look *look, const pg_records *chunk)
{
    size_t size = pg_schema_image_size(&chunk->schema);
    for (size_t i = 0; chunk->image && i < chunk->count; i++)
        look_at_image(look, chunk->image + i * size, size, (size_t)chunk->schema.channels);
}

void totals_free(totals *sum)
{
    pg_class_counts_free(&sum->classes);
    free(sum->look.places);
    *sum = (totals){0};
}

/* ---- Lines ---- */

/* A line that grows until it is too long for a person who did not ask for all (-v). */
typedef struct list_line {
    char *text;
    size_t length, left_out;
    FILE *stream;
} list_line;

static void begin_line(list_line *line)
{
    *line = (list_line){0};
    line->stream = open_memstream(&line->text, &line->length);
    if (!line->stream) fail_with("out of memory");
}

static bool has_room(list_line *line)
{
    bool room = is_verbose() || (fflush(line->stream) == 0 && line->length < LINE_LIMIT);
    if (!room) line->left_out++;
    return room;
}

static void end_line(list_line *line, const char *what)
{
    if (line->left_out)
        fprintf(line->stream, " and %zu more %s, which -v shows", line->left_out, what);
    if (fclose(line->stream) != 0) fail_with("out of memory");
    note("%s", line->text);
    free(line->text);
}

static bool is_told_by_name(const pg_class_name *class)
{
    char number[16];
    snprintf(number, sizeof number, "%d", (int)class->label);
    return strcmp(number, class->name) != 0;
}

/* "classes: 0 ant, 1 bee": but "7" needs no explanation where it is label 7. */
static void report_class_names(const pg_class_names *classes)
{
    list_line line;
    size_t told = 0;
    for (size_t i = 0; classes && i < classes->size; i++)
        told += is_told_by_name(&classes->list[i]);
    if (!told) return;
    begin_line(&line);
    for (size_t i = 0; i < classes->size; i++)
        if (has_room(&line))
            fprintf(line.stream, "%s %d %s", i ? "," : "classes:", (int)classes->list[i].label,
                    classes->list[i].name);
    end_line(&line, "classes");
}

/* "60000 examples of image 28x28x1, label; 0: 5923, 1: 6742, ..., unlabelled: 3". */
static void report_counts(const pg_source *source, const totals *sum)
{
    list_line line;
    char fields[256];
    const pg_class_counts *classes = &sum->classes;
    pg_schema_describe(pg_source_schema(source), fields, sizeof fields);
    begin_line(&line);
    fprintf(line.stream, "%" PRIu64 " example%s of %s", sum->examples,
            sum->examples == 1 ? "" : "s", fields);
    size_t labels = classes->size, first = labels && classes->labels[0] < 0;
    for (size_t i = first; i < labels; i++)
        if (has_room(&line))
            fprintf(line.stream, "%s %d: %" PRIu64, i == first ? ";" : ",", (int)classes->labels[i],
                    classes->counts[i]);
    if (first)
        fprintf(line.stream, "%s unlabelled: %" PRIu64, labels == 1 ? ";" : ",",
                classes->counts[0]);
    end_line(&line, "classes");
}

/* Where many images show nothing, or the same, something went wrong on the way here. */
static void report_look(const image_look *look)
{
    enum { LEAST = 5, LEAST_ALIKE = 20 };
    uint64_t empty = look->of_one_colour, alike = look->alike;
    bool many_empty = empty >= LEAST && 50 * empty >= look->images;
    bool many_alike = alike >= LEAST_ALIKE && 10 * alike >= look->images;
    if (many_empty)
        warning("%" PRIu64 " of %" PRIu64 " images are of a single colour; --background and --fit "
                "change what becomes of pictures",
                empty, look->images);
    else if (many_alike)
        warning("%" PRIu64 " of %" PRIu64 " images are the same as one before them", alike,
                look->images);
}

void report(const pg_source *source, const totals *sum)
{
    const pg_remark *remark;
    report_class_names(pg_source_class_names(source));
    report_counts(source, sum);
    for (size_t i = 0; (remark = pg_source_remark(source, i)) != NULL; i++)
        (remark->is_warning ? warning : note)("%s", remark->text);
    report_look(&sum->look);
}
