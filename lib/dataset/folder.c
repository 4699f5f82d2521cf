/* A folder of class folders of PNG and PNM files, or of such files without
 * classes. Classes and files come in the order of their names' bytes. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset/class_names.h"
#include "dataset/entries.h"
#include "dataset/pictures.h"
#include "dataset/source.h"

enum { MOST_NAMED = 10, MOST_IN_A_LINE = 3 };

typedef struct folder_source {
    char *path;
    pg_source_options options;
    pg_names classes;                  /* empty: the files are in the folder itself */
    pg_class_names own;                /* numbering of the classes by their names */
    const pg_class_names *class_names; /* own or what the options say; NULL: no labels */
    int32_t *labels;                   /* of classes, or NULL */
    size_t class_index;   /* of the class whose files are listed, counted from 1; 0: none yet */
    pg_names files;       /* of that class */
    size_t file_index;    /* of the next file */
    char *file;           /* path of the open file */
    char *first_file;     /* path of the file with the first image, for messages */
    pg_datafile *input;   /* of the open file, NULL: none */
    pg_pictures pictures; /* in it */
    pg_image ahead;       /* the first image, read for its shape */
    pg_remarks remarks;   /* that name an entry each, MOST_NAMED of a kind */
    size_t odd, hollow, trailing; /* how many there are of each kind */
    pg_names misplaced;           /* the first files beside class folders and folders within them */
    size_t misplaced_count;
    pg_remarks sums; /* made when they are asked for */
} folder_source;

/* ---- Remarks ---- */

/* FIFOs and the like, one remark each. */
static void remark_others(folder_source *f, const pg_names *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (f->odd++ < MOST_NAMED) pg_remarks_add(&f->remarks, true, "%s", others->names[i]);
}

static void remark_hollow(folder_source *f, const char *path)
{
    if (f->hollow++ >= MOST_NAMED) return;
    if (f->labels)
        pg_remarks_add(&f->remarks, true, "%s: has no picture, so none has its label %d", path,
                       (int)f->labels[f->class_index - 1]);
    else
        pg_remarks_add(&f->remarks, true, "%s: has no picture", path);
}

static void remark_trailing(folder_source *f)
{
    const pg_remark *remark = f->input ? pg_datafile_remark(f->input) : NULL;
    if (remark && f->trailing++ < MOST_NAMED)
        pg_remarks_add(&f->remarks, remark->is_warning, "%s", remark->text);
}

static void remark_hidden(folder_source *f, const pg_names *hidden)
{
    if (hidden->count == 1)
        pg_remarks_add(&f->remarks, false, "%s: the hidden folder '%s' is no class", f->path,
                       hidden->names[0]);
    else if (hidden->count)
        pg_remarks_add(&f->remarks, false, "%s: '%s' and %zu more hidden folders are no classes",
                       f->path, hidden->names[0], hidden->count - 1);
}

static void count_misplaced(folder_source *f, const char *folder, const pg_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (f->misplaced_count++ >= MOST_IN_A_LINE) continue;
        char *path = pg_path_join(folder, names->names[i]);
        if (path) (void)pg_names_add(&f->misplaced, path);
        free(path);
    }
}

static int compare_folded(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two classes "Cat" and "cat" are seldom meant. */
static void remark_alike(folder_source *f)
{
    size_t count = f->classes.count;
    char **sorted = pg_allocate(count, sizeof *sorted);
    if (!sorted) return;
    memcpy(sorted, f->classes.names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_folded);
    for (size_t i = 1, named = 0; i < count && named < MOST_NAMED; i++)
        if (strcasecmp(sorted[i - 1], sorted[i]) == 0) {
            pg_remarks_add(&f->remarks, true,
                           "%s: '%s' and '%s' differ in the case of letters only, and are two "
                           "classes",
                           f->path, sorted[i - 1], sorted[i]);
            named++;
        }
    free(sorted);
}

static void add_rest(pg_remarks *sums, size_t count, const char *what)
{
    if (count > MOST_NAMED) pg_remarks_add(sums, true, "and %zu more %s", count - MOST_NAMED, what);
}

static void add_misplaced(folder_source *f)
{
    char names[1024] = "";
    size_t used = 0, count = f->misplaced_count;
    for (size_t i = 0; i < f->misplaced.count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 f->misplaced.names[i]);
    if (count > MOST_IN_A_LINE && used < sizeof names)
        snprintf(names + used, sizeof names - used, " and %zu more", count - MOST_IN_A_LINE);
    if (count)
        pg_remarks_add(&f->sums, true, "%zu entr%s in class folders %s passed over: %s", count,
                       count == 1 ? "y that is no file" : "ies that are not files",
                       count == 1 ? "was" : "were", names);
}

static const pg_remark *folder_remark(const pg_source *source, size_t i)
{
    folder_source *f = source->state;
    if (i < f->remarks.count) return pg_remarks_get(&f->remarks, i);
    if (i == f->remarks.count) {
        pg_remarks_free(&f->sums);
        add_rest(&f->sums, f->odd, "that are neither files nor folders were passed over");
        add_rest(&f->sums, f->hollow, "class folders have no picture");
        add_rest(&f->sums, f->trailing,
                 "files have something after their data, which was left out");
        add_misplaced(f);
    }
    return pg_remarks_get(&f->sums, i - f->remarks.count);
}

/* ---- Labels ---- */

static const pg_class_names *folder_class_names(const pg_source *source)
{
    const folder_source *f = source->state;
    return f->class_names;
}

/* Unless labels from elsewhere are put over them. */
static pg_status number_classes(folder_source *f, pg_error *err)
{
    if (!f->classes.count || f->options.labels) return PG_OK;
    pg_status status = PG_OK;
    f->class_names = f->options.classes ? f->options.classes : &f->own;
    f->labels = pg_allocate(f->classes.count, sizeof *f->labels);
    if (!f->labels) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
    if (f->class_names == &f->own) {
        status = pg_class_names_number(&f->own, &f->classes, f->path, err);
        remark_alike(f);
    }
    if (status != PG_OK) return status;
    return pg_class_names_apply(f->class_names, &f->classes, f->path, f->labels, err);
}

/* ---- From class to class, file to file ---- */

/* Takes the files of a folder and remarks on the rest. */
static pg_status list_files(folder_source *f, const char *path, pg_error *err)
{
    pg_entries entries;
    pg_status status = pg_entries_list(path, &entries, err);
    if (status != PG_OK) return status;
    pg_names_free(&f->files);
    f->files = entries.files;
    entries.files = (pg_names){0};
    f->file_index = 0;
    remark_others(f, &entries.others);
    count_misplaced(f, path, &entries.folders);
    if (!f->files.count) remark_hollow(f, path);
    pg_entries_free(&entries);
    return PG_OK;
}

/* Lists the next class's files; *found is false after the last class. */
static pg_status next_class(folder_source *f, bool *found, pg_error *err)
{
    *found = f->class_index < f->classes.count;
    if (!*found) return PG_OK;
    char *path = pg_path_join(f->path, f->classes.names[f->class_index]);
    if (!path) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
    f->class_index++;
    pg_status status = list_files(f, path, err);
    free(path);
    return status;
}

static char *next_path(folder_source *f)
{
    const char *name = f->files.names[f->file_index++];
    if (!f->class_index) return pg_path_join(f->path, name);
    char *folder = pg_path_join(f->path, f->classes.names[f->class_index - 1]);
    char *path = folder ? pg_path_join(folder, name) : NULL;
    free(folder);
    return path;
}

static void close_file(folder_source *f)
{
    remark_trailing(f);
    pg_pictures_close(&f->pictures);
    pg_datafile_close(f->input);
    free(f->file);
    f->input = NULL;
    f->file = NULL;
}

/* Opens the next file; *found is false after the last one of the last class. */
static pg_status next_file(folder_source *f, bool *found, pg_error *err)
{
    close_file(f);
    *found = true;
    while (f->file_index == f->files.count) {
        pg_status status = next_class(f, found, err);
        if (status != PG_OK || !*found) return status;
    }
    f->file = next_path(f);
    if (!f->file) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
    pg_status status = pg_datafile_open_found(f->file, &f->input, err);
    if (status != PG_OK) return status;
    return pg_pictures_open(&f->pictures, f->input, &f->options, err);
}

/* Makes sure that f->ahead has the next image; *found is false at the end. */
static pg_status look_ahead(folder_source *f, bool *found, pg_error *err)
{
    *found = f->ahead.pixels != NULL;
    while (!*found) {
        pg_status status = PG_OK;
        if (f->input) status = pg_pictures_next(&f->pictures, &f->ahead, found, err);
        if (status != PG_OK || *found) return status;
        status = next_file(f, found, err);
        if (status != PG_OK || !*found) return status;
        *found = false;
    }
    return PG_OK;
}

/* ---- The source ---- */

static pg_status folder_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    folder_source *f = source->state;
    while (chunk->count < chunk->capacity) {
        bool found;
        pg_status status = look_ahead(f, &found, err);
        if (status != PG_OK || !found) return status;
        if (chunk->label)
            chunk->label[chunk->count] = f->labels ? f->labels[f->class_index - 1] : PG_LABEL_NONE;
        status = pg_pictures_take(chunk, &f->ahead, f->file, f->first_file, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static void folder_close(void *state)
{
    folder_source *f = state;
    close_file(f);
    pg_names_free(&f->classes);
    pg_names_free(&f->files);
    pg_names_free(&f->misplaced);
    pg_class_names_free(&f->own);
    pg_remarks_free(&f->remarks);
    pg_remarks_free(&f->sums);
    free(f->labels);
    pg_image_free(&f->ahead);
    free(f->first_file);
    free(f->path);
    free(f);
}

static const pg_source_class folder_class = {.next = folder_next,
                                             .remark = folder_remark,
                                             .class_names = folder_class_names,
                                             .close = folder_close};

/* Lists the classes, or the files where there are none. */
static pg_status list_classes(folder_source *f, pg_error *err)
{
    pg_entries entries;
    pg_status status = pg_entries_list(f->path, &entries, err);
    if (status != PG_OK) return status;
    f->classes = entries.folders;
    f->files = entries.files;
    remark_others(f, &entries.others);
    if (f->classes.count) remark_hidden(f, &entries.hidden);
    pg_names_free(&entries.others);
    pg_names_free(&entries.hidden);
    if (!f->classes.count) return PG_OK;
    count_misplaced(f, f->path, &f->files);
    pg_names_free(&f->files);
    return number_classes(f, err);
}

/* Finds the classes and the first image. */
static pg_status explore(folder_source *f, pg_error *err)
{
    bool found;
    pg_status status = list_classes(f, err);
    if (status == PG_OK) status = look_ahead(f, &found, err);
    if (status != PG_OK) return status;
    if (!found)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: a folder without images; it should have folders, one a class, of PNG "
                       "or PNM files%s%s",
                       f->path, f->remarks.count ? "; " : "",
                       f->remarks.count ? f->remarks.list[0].text : "");
    f->first_file = strdup(f->file);
    return f->first_file ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
}

static pg_status folder_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    folder_source *f = calloc(1, sizeof *f);
    if (f) f->path = strdup(opening->path);
    if (!f || !f->path) {
        free(f);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    }
    f->options = *opening->options;
    pg_status status = explore(f, err);
    if (status != PG_OK) {
        folder_close(f);
        return status;
    }
    pg_schema schema = {.height = f->ahead.height,
                        .width = f->ahead.width,
                        .channels = f->ahead.channels,
                        .has_label = f->labels != NULL};
    return pg_source_create(&folder_class, f, &schema, -1, source, err);
}

static bool folder_matches(const pg_probe *probe)
{
    return probe->folder;
}

const pg_format pg_format_folder = {"folder", "a folder of class folders of PNG or PNM files",
                                    folder_matches, folder_open, NULL};
