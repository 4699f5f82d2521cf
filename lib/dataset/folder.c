/* A folder of class folders of PNG and PNM files, or of such files without
 * classes. Classes and files come in the order of their names' bytes. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset/pictures.h"
#include "dataset/source.h"

/* Sorted names of a kind in a folder. */
typedef struct name_list {
    char **names;
    size_t count, room;
} name_list;

typedef struct folder_source {
    char *path;
    pg_source_options options;
    name_list classes;    /* empty: the files are in the folder itself */
    bool integers;        /* all class names are: they are the labels */
    size_t class_index;   /* of the class whose files are listed, counted from 1; 0: none yet */
    name_list files;      /* of that class */
    size_t file_index;    /* of the next file */
    char *file;           /* path of the open file */
    char *first_file;     /* path of the file with the first image, for messages */
    pg_datafile *input;   /* of the open file, NULL: none */
    pg_pictures pictures; /* in it */
    pg_image ahead;       /* the first image, read for its shape */
    size_t passed_over;   /* files beside class folders, folders within them */
    pg_remarks remarks;   /* of the files closed */
    char remark[128];
} folder_source;

/* ---- Names ---- */

static void free_names(name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    memset(list, 0, sizeof *list);
}

static bool add_name(name_list *list, const char *name)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        char **names = reallocarray(list->names, room, sizeof *names);
        if (!names) return false;
        list->names = names;
        list->room = room;
    }
    list->names[list->count] = strdup(name);
    return list->names[list->count++] != NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(name_list *list)
{
    if (list->count) qsort(list->names, list->count, sizeof *list->names, compare_names);
}

/* "a/b", to be freed; NULL where memory is short. */
static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static bool is_folder(const char *folder, const char *name)
{
    struct stat info;
    char *path = join(folder, name);
    bool answer = path && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    free(path);
    return answer;
}

/* Folders and other entries of a folder, hidden ones left out, each sorted. */
static pg_status list_folder(const char *path, name_list *folders, name_list *files, pg_error *err)
{
    DIR *dir = opendir(path);
    if (!dir) return pg_fail_errno(err, errno, "%s: cannot list", path);
    bool enough = true;
    struct dirent *entry;
    while (enough && (errno = 0, entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        enough = add_name(is_folder(path, entry->d_name) ? folders : files, entry->d_name);
    }
    int why = entry ? 0 : errno;
    closedir(dir);
    if (!enough) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    if (why) return pg_fail_errno(err, why, "%s: cannot list", path);
    sort_names(folders);
    sort_names(files);
    return PG_OK;
}

/* ---- Labels ---- */

/* "0", "7", "12": what a label looks like, without sign or leading zeros beyond one. */
static bool parse_class(const char *name, int32_t *label)
{
    size_t digits = strspn(name, "0123456789");
    if (digits < 1 || digits > 9 || name[digits]) return false;
    *label = 0;
    for (size_t i = 0; i < digits; i++)
        *label = 10 * *label + (name[i] - '0');
    return true;
}

static bool all_integers(const name_list *classes)
{
    int32_t label;
    for (size_t i = 0; i < classes->count; i++)
        if (!parse_class(classes->names[i], &label)) return false;
    return true;
}

static int32_t current_label(const folder_source *f)
{
    int32_t label = (int32_t)f->class_index - 1;
    if (f->integers && !parse_class(f->classes.names[f->class_index - 1], &label)) return -1;
    return label;
}

/* ---- From class to class, file to file ---- */

/* Lists the next class's files; *found is false after the last class. */
static pg_status next_class(folder_source *f, bool *found, pg_error *err)
{
    *found = f->class_index < f->classes.count;
    if (!*found) return PG_OK;
    name_list folders = {0};
    char *path = join(f->path, f->classes.names[f->class_index]);
    free_names(&f->files);
    f->file_index = 0;
    f->class_index++;
    pg_status status = path ? list_folder(path, &folders, &f->files, err)
                            : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
    f->passed_over += folders.count;
    free_names(&folders);
    free(path);
    return status;
}

static char *next_path(folder_source *f)
{
    const char *name = f->files.names[f->file_index++];
    if (!f->class_index) return join(f->path, name);
    char *folder = join(f->path, f->classes.names[f->class_index - 1]);
    char *path = folder ? join(folder, name) : NULL;
    free(folder);
    return path;
}

static void close_file(folder_source *f)
{
    pg_pictures_close(&f->pictures);
    if (f->input) pg_remarks_add(&f->remarks, pg_datafile_remark(f->input));
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
    pg_status status = pg_datafile_open(f->file, &f->input, err);
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
        if (chunk->label) chunk->label[chunk->count] = current_label(f);
        status = pg_pictures_take(chunk, &f->ahead, f->file, f->first_file, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static void folder_close(void *state)
{
    folder_source *f = state;
    close_file(f);
    free_names(&f->classes);
    free_names(&f->files);
    pg_image_free(&f->ahead);
    pg_remarks_free(&f->remarks);
    free(f->first_file);
    free(f->path);
    free(f);
}

static const char *folder_remark(const pg_source *source)
{
    folder_source *f = source->state;
    snprintf(f->remark, sizeof f->remark,
             "%zu entries that are not files in class folders were passed over", f->passed_over);
    return pg_remarks_text(&f->remarks, f->passed_over ? f->remark : NULL);
}

static const pg_source_class folder_class = {
    .next = folder_next, .remark = folder_remark, .close = folder_close};

/* Finds the classes, or the files where there are none, and the first image. */
static pg_status explore(folder_source *f, pg_error *err)
{
    bool found;
    pg_status status = list_folder(f->path, &f->classes, &f->files, err);
    if (status != PG_OK) return status;
    f->integers = all_integers(&f->classes);
    if (f->classes.count) {
        f->passed_over = f->files.count;
        free_names(&f->files);
    }
    status = look_ahead(f, &found, err);
    if (status != PG_OK) return status;
    if (!found)
        return pg_fail(
            err, PG_ERR_FORMAT,
            "%s: a folder without images; it should have folders, one a class, of PNG or "
            "PNM files",
            f->path);
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
                        .has_label = f->classes.count > 0};
    return pg_source_create(&folder_class, f, &schema, -1, source, err);
}

static bool folder_matches(const pg_probe *probe)
{
    return probe->folder;
}

const pg_format pg_format_folder = {"folder", "a folder of class folders of PNG or PNM files",
                                    folder_matches, folder_open, NULL};
