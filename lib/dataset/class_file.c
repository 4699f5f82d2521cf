/* Class names in a file: lines of label, tab and name, or of a name alone. In a
 * name, \\ \n \r and \t stand for a backslash and for what would end it. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/filetype.h"
#include "base/outfile.h"
#include "dataset/class_names.h"
#include "dataset/datafile.h"
#include "dataset/lines.h"

enum { MOST_LINE = 4096 };

typedef struct class_reader {
    pg_datafile *input;
    uint64_t line;   /* lines read so far */
    bool has_labels; /* so the first line says */
    pg_names plain;  /* names without labels */
    pg_class_names *classes;
} class_reader;

static pg_status bad_line(const class_reader *r, const char *what, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: line %llu %s; a line is a label, a tab and a class name, or in all lines "
                   "the name alone",
                   pg_datafile_name(r->input), (unsigned long long)r->line, what);
}

/* *found is false at the end of the input. */
static pg_status read_line(class_reader *r, char text[MOST_LINE], bool *found, pg_error *err)
{
    const char *wrong;
    r->line++;
    pg_status status = pg_line_read(r->input, text, MOST_LINE, found, &wrong, err);
    return wrong ? bad_line(r, wrong, err) : status;
}

static bool parse_label(const char *text, int32_t *label)
{
    *label = PG_LABEL_NONE;
    return strcmp(text, "-1") == 0 || pg_class_name_is_label(text, label);
}

static pg_status take_name(class_reader *r, const char *label_text, char *name, pg_error *err)
{
    int32_t label;
    if (!*name) return bad_line(r, "has no name", err);
    if (!pg_line_unescape(name)) return bad_line(r, "has a backslash, which is written twice", err);
    if (!label_text)
        return pg_names_add(&r->plain, name)
                   ? PG_OK
                   : pg_fail(err, PG_ERR_MEMORY, "class names: out of memory");
    if (!parse_label(label_text, &label))
        return bad_line(r, "does not begin with a label (0 and above, or -1 for none)", err);
    return pg_class_names_add(r->classes, label, name, err);
}

static pg_status take_line(class_reader *r, char *text, pg_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    bool first = r->line == 1;
    if (first && strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    char *tab = strchr(text, '\t');
    if (first) r->has_labels = tab != NULL;
    if (r->has_labels != (tab != NULL))
        return bad_line(r, tab ? "has a tab, unlike the first" : "has no tab, unlike the first",
                        err);
    if (!tab) return take_name(r, NULL, text, err);
    *tab = 0;
    return take_name(r, text, tab + 1, err);
}

static pg_status read_lines(class_reader *r, pg_error *err)
{
    char text[MOST_LINE];
    bool found;
    for (;;) {
        pg_status status = read_line(r, text, &found, err);
        if (status != PG_OK || !found) return status;
        status = take_line(r, text, err);
        if (status != PG_OK) return status;
    }
}

/* What is no text is named by its kind. */
static pg_status refuse_binary(pg_datafile *input, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK) return status;
    bool stream = available >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    const char *kind = pg_filetype_name(bytes, available);
    if (!stream && (!kind || !available || !memchr(bytes, 0, available))) return PG_OK;
    if (!stream)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: %s, not class names; give a class folder, or a text file of labels and "
                       "names",
                       pg_datafile_name(input), kind);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: is a NumPy file, which has no class names; give the class folder it was "
                   "made from, or a text file of labels and names",
                   pg_datafile_name(input));
}

static pg_status read_file(pg_class_names *classes, const char *path, pg_error *err)
{
    class_reader r = {.classes = classes};
    pg_status status = pg_datafile_open(path, &r.input, err);
    if (status != PG_OK) return status;
    const char *name = pg_datafile_name(r.input);
    classes->where = strdup(name);
    if (!classes->where) status = pg_fail(err, PG_ERR_MEMORY, "class names: out of memory");
    if (status == PG_OK) status = refuse_binary(r.input, err);
    if (status == PG_OK) status = read_lines(&r, err);
    if (status == PG_OK && r.plain.count) {
        pg_class_names_free(classes);
        status = pg_class_names_number(classes, &r.plain, name, err);
    } else if (status == PG_OK) {
        status = pg_class_names_finish(classes, err);
    }
    pg_names_free(&r.plain);
    pg_datafile_close(r.input);
    return status;
}

static pg_status read_folder(pg_class_names *classes, const char *path, pg_error *err)
{
    pg_entries entries;
    pg_status status = pg_entries_list(path, &entries, NULL, err);
    if (status != PG_OK) return status;
    status = pg_class_names_number(classes, &entries.folders, path, err);
    pg_entries_free(&entries);
    return status;
}

pg_status pg_class_names_read(pg_class_names *classes, const char *path, pg_error *err)
{
    struct stat info;
    memset(classes, 0, sizeof *classes);
    bool folder = strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    pg_status status = folder ? read_folder(classes, path, err) : read_file(classes, path, err);
    if (status == PG_OK && !classes->size)
        status = pg_fail(err, PG_ERR_FORMAT, "%s: has no class %s", path,
                         folder ? "folders" : "names, it is empty");
    if (status != PG_OK) pg_class_names_free(classes);
    return status;
}

/* ---- Writing ---- */

static void write_name(FILE *stream, const char *name)
{
    for (; *name; name++)
        switch (*name) {
        case '\\':
            fputs("\\\\", stream);
            break;
        case '\n':
            fputs("\\n", stream);
            break;
        case '\r':
            fputs("\\r", stream);
            break;
        case '\t':
            fputs("\\t", stream);
            break;
        default:
            putc(*name, stream);
        }
}

pg_status pg_class_names_write(const pg_class_names *classes, const char *path, pg_error *err)
{
    pg_outfile out;
    pg_status status = pg_outfile_open(&out, path, err);
    if (status != PG_OK) return status;
    for (size_t i = 0; i < classes->size; i++) {
        fprintf(out.stream, "%d\t", (int)classes->list[i].label);
        write_name(out.stream, classes->list[i].name);
        putc('\n', out.stream);
    }
    return pg_outfile_commit(&out, err);
}
