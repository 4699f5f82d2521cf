#include <config.h>

#include "dataset/files.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "base/pool.h"

enum {
    MOST_NAMED = 10,       /* of a kind of trouble, in lines of their own ... */
    MOST_IN_A_LINE = 3,    /* ... or in one */
    MOST_JOBS = 256,       /* files decoded ahead, and ... */
    BYTES_AHEAD = 64 << 20 /* what their images may take */
};

/* ---- Lists ---- */

bool pg_file_list_add(pg_file_list *list, const char *name, int32_t class)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        pg_file_entry *entries = reallocarray(list->entries, room, sizeof *entries);
        if (!entries) return false;
        list->entries = entries;
        list->room = room;
    }
    char *copy = strdup(name);
    if (copy) list->entries[list->count++] = (pg_file_entry){copy, class};
    return copy != NULL;
}

pg_status pg_file_list_number(pg_file_list *list, const pg_source_options *options, pg_error *err)
{
    pg_status status = PG_OK;
    if (!list->classes.count || options->labels) return PG_OK;
    list->class_names = options->classes ? options->classes : &list->own;
    list->labels = pg_allocate(list->classes.count, sizeof *list->labels);
    if (!list->labels) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", list->where);
    if (list->class_names == &list->own)
        status = pg_class_names_number(&list->own, &list->classes, list->where, err);
    if (status != PG_OK) return status;
    return pg_class_names_apply(list->class_names, &list->classes, list->where, list->labels, err);
}

static int longer(int size, const char *text)
{
    size_t length = strlen(text);
    if (length > PG_MAX_TEXT) length = PG_MAX_TEXT;
    return (int)length > size ? (int)length : size;
}

void pg_file_list_widths(const pg_file_list *list, int *name_size, int *class_size)
{
    *name_size = *class_size = 0;
    for (size_t i = 0; i < list->count; i++) {
        const pg_file_entry *entry = &list->entries[i];
        *name_size = longer(*name_size, entry->name);
        if (list->labels && entry->class >= 0)
            *class_size = longer(*class_size, list->classes.names[entry->class]);
    }
}

void pg_file_list_free(pg_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].name);
    free(list->entries);
    free(list->where);
    free(list->root);
    free(list->labels);
    pg_names_free(&list->classes);
    pg_class_names_free(&list->own);
    pg_remarks_free(&list->remarks);
    memset(list, 0, sizeof *list);
}

/* ---- The source ---- */

/* A file on its way through a thread. */
typedef struct job {
    const pg_file_entry *entry;
    char *path;
    pg_datafile *input; /* NULL: nothing comes after the image */
    pg_pictures pictures;
    pg_picture_counts counts; /* of pictures that are closed */
    pg_image image;           /* decoded and not yet handed on */
    const char *kind;         /* of a file that is no picture; else NULL */
    const char *command;      /* that makes a picture of it, or NULL */
    pg_status status;
    pg_error error;
} job;

/* Files that were passed over for what they are. */
typedef struct other_kind {
    const char *kind, *command;
    size_t count;
    pg_names names; /* of the first ones */
} other_kind;

typedef struct files_source {
    pg_file_list list;
    pg_source_options options;
    int channels;  /* of all images; 0: as they are */
    bool is_mixed; /* there are grey and coloured pictures */
    pg_pool *pool;
    job jobs[MOST_JOBS];    /* of entry i at i modulo MOST_JOBS */
    bool working;           /* there may be jobs ahead of the one at hand */
    size_t at;              /* entry whose images are handed on; those before it are finished */
    size_t image_bytes;     /* of the first image */
    char *first_file;       /* path of the file with it */
    uint64_t *class_images; /* of each class */
    uint64_t images;
    bool ended;
    pg_picture_counts counts;
    pg_remarks remarks; /* in the order of the files */
    size_t trailing, hollow, skipped;
    pg_error refusal; /* of the first file that is no picture, or broken */
    other_kind *others;
    size_t other_count;
    pg_remarks sums; /* made when they are asked for */
} files_source;

static void close_input(job *j)
{
    pg_picture_counts_add(&j->counts, &j->pictures.counts);
    pg_pictures_close(&j->pictures);
    pg_datafile_close(j->input);
    j->input = NULL;
}

static void free_job(job *j)
{
    close_input(j);
    pg_image_free(&j->image);
    free(j->path);
    memset(j, 0, sizeof *j);
}

/* ---- In a thread ---- */

static char *path_of(const files_source *f, const pg_file_entry *entry)
{
    return f->list.root ? pg_path_join(f->list.root, entry->name) : strdup(entry->name);
}

/* A picture whose bytes are those of a web page, or none, is broken; anything else that is no
 * picture is a file beside the pictures. */
static pg_status look_at_other(job *j, const uint8_t *bytes, size_t available)
{
    const char *kind = pg_filetype_name(bytes, available);
    j->kind = !available ? "an empty file" : kind ? kind : "data of no kind known";
    j->command = pg_filetype_converter(bytes, available);
    pg_status status = pg_refuse_file(j->path, NULL, PG_USE_PICTURE, bytes, available, &j->error);
    if (pg_pictures_have_suffix(j->entry->name) && !j->command) j->kind = NULL;
    return status;
}

static pg_status open_job(const files_source *f, job *j)
{
    const uint8_t *bytes;
    size_t available;
    j->path = path_of(f, j->entry);
    if (!j->path) return pg_fail(&j->error, PG_ERR_MEMORY, "%s: out of memory", j->entry->name);
    pg_status status = pg_datafile_open_found(j->path, &j->input, &j->error);
    if (status == PG_OK)
        status = pg_datafile_peek(j->input, PG_FILETYPE_BYTES, &bytes, &available, &j->error);
    if (status != PG_OK) return status;
    if (!pg_pictures_match(bytes, available)) return look_at_other(j, bytes, available);
    status = pg_pictures_open(&j->pictures, j->input, &f->options, &j->error);
    j->pictures.channels = f->channels;
    j->pictures.is_mixed = f->is_mixed;
    return status;
}

/* The first image of a file; others are seldom, and read when it is their turn. */
static void decode(void *context, size_t item)
{
    files_source *f = context;
    job *j = &f->jobs[item % MOST_JOBS];
    bool found = false;
    *j = (job){.entry = &f->list.entries[item]};
    j->status = open_job(f, j);
    if (j->status == PG_OK)
        j->status = pg_pictures_next(&j->pictures, &j->image, &found, &j->error);
    if (j->status == PG_OK && !found)
        j->status = pg_fail(&j->error, PG_ERR_FORMAT, "%s: has no image", j->path);
    bool noted = j->status == PG_OK && pg_datafile_remark(j->input);
    if (j->status == PG_OK && !noted && pg_pictures_are_done(&j->pictures)) close_input(j);
}

/* ---- Ahead of what is handed on ---- */

static int thread_count(const files_source *f)
{
    return f->options.threads > 1 ? f->options.threads : 1;
}

/* The entry before which decoding ends for now. */
static size_t limit_from(const files_source *f, size_t first)
{
    size_t threads = (size_t)thread_count(f), left = f->list.count - first, ahead = MOST_JOBS;
    if (f->image_bytes && ahead > BYTES_AHEAD / f->image_bytes)
        ahead = BYTES_AHEAD / f->image_bytes;
    if (ahead < 2 * threads) ahead = 2 * threads < MOST_JOBS ? 2 * threads : MOST_JOBS;
    if (threads == 1 || !f->image_bytes) ahead = 1;
    return first + (ahead < left ? ahead : left);
}

static job *current_job(files_source *f)
{
    if (!f->working) pg_pool_begin(f->pool, f->at, limit_from(f, f->at), decode, f);
    f->working = true;
    pg_pool_wait(f->pool, f->at);
    return &f->jobs[f->at % MOST_JOBS];
}

static void stop_jobs(files_source *f)
{
    size_t end = f->working ? pg_pool_end(f->pool) : f->at;
    for (size_t i = f->at; i < end; i++)
        free_job(&f->jobs[i % MOST_JOBS]);
    f->working = false;
}

/* ---- What is passed over ---- */

static pg_status no_memory(const files_source *f, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->list.where);
}

static other_kind *find_other(files_source *f, const job *j)
{
    for (size_t i = 0; i < f->other_count; i++)
        if (strcmp(f->others[i].kind, j->kind) == 0) return &f->others[i];
    other_kind *larger = reallocarray(f->others, f->other_count + 1, sizeof *larger);
    if (!larger) return NULL;
    f->others = larger;
    larger[f->other_count] = (other_kind){.kind = j->kind, .command = j->command};
    return &larger[f->other_count++];
}

static pg_status pass_over(files_source *f, const job *j, pg_error *err)
{
    other_kind *other = find_other(f, j);
    if (!other || (other->count < MOST_IN_A_LINE && !pg_names_add(&other->names, j->path)))
        return no_memory(f, err);
    other->count++;
    return PG_OK;
}

static void keep_refusal(files_source *f, const job *j)
{
    if (!f->refusal.message[0]) f->refusal = j->error;
}

/* A file that gave no image, or broke after the first ones. */
static pg_status take_failure(files_source *f, job *j, pg_error *err)
{
    keep_refusal(f, j);
    if (j->kind) return pass_over(f, j, err);
    if (j->status == PG_ERR_MEMORY) {
        if (err) *err = j->error;
        return j->status;
    }
    if (!f->options.skip_broken)
        return pg_fail(err, j->status, "%s; --skip-broken goes on without it", j->error.message);
    f->skipped++;
    pg_remarks_add(&f->remarks, true, "skipped: %s", j->error.message);
    return PG_OK;
}

static void finish_job(files_source *f, job *j)
{
    const pg_remark *remark = j->input ? pg_datafile_remark(j->input) : NULL;
    if (remark && f->trailing++ < MOST_NAMED)
        pg_remarks_add(&f->remarks, remark->is_warning, "%s", remark->text);
    close_input(j);
    pg_picture_counts_add(&f->counts, &j->counts);
    free_job(j);
    f->at++;
    pg_pool_release(f->pool, f->at - 1, limit_from(f, f->at));
}

/* Classes whose files, if any, have no picture. */
static void remark_hollow(files_source *f)
{
    const pg_file_list *list = &f->list;
    const char *root = list->root ? list->root : list->where;
    for (size_t i = 0; i < list->classes.count; i++) {
        if (f->class_images[i] || f->hollow++ >= MOST_NAMED) continue;
        if (list->labels)
            pg_remarks_add(&f->remarks, true, "%s/%s: has no picture, so none has its label %d",
                           root, list->classes.names[i], (int)list->labels[i]);
        else
            pg_remarks_add(&f->remarks, true, "%s/%s: has no picture", root,
                           list->classes.names[i]);
    }
}

/* ---- Image after image ---- */

/* More than one image in a file is the exception. */
static void next_in_file(job *j)
{
    bool found;
    if (j->status != PG_OK || !j->input) return;
    j->status = pg_pictures_next(&j->pictures, &j->image, &found, &j->error);
    if (j->status == PG_OK && !found) j->image = (pg_image){0};
}

/* Makes sure that the current job has an image; *found is false at the end. */
static pg_status look_ahead(files_source *f, bool *found, pg_error *err)
{
    while (f->at < f->list.count) {
        job *j = current_job(f);
        *found = j->image.pixels != NULL;
        if (*found) return PG_OK;
        pg_status status = j->status == PG_OK ? PG_OK : take_failure(f, j, err);
        if (status != PG_OK) return status;
        finish_job(f, j);
    }
    *found = false;
    if (!f->ended) remark_hollow(f);
    f->ended = true;
    return PG_OK;
}

/* The fields beside the image. */
static pg_status put_fields(const files_source *f, const job *j, pg_records *chunk, pg_error *err)
{
    const pg_file_list *list = &f->list;
    int32_t class = j->entry->class;
    bool labelled = list->labels && class >= 0;
    size_t i = chunk->count;
    if (chunk->label) chunk->label[i] = labelled ? list->labels[class] : PG_LABEL_NONE;
    if (pg_records_set_name(chunk, i, j->entry->name) &&
        pg_records_set_class(chunk, i, labelled ? list->classes.names[class] : ""))
        return PG_OK;
    return pg_fail(err, PG_ERR_LIMIT, "%s: a name of more than %d bytes; --no-names does without",
                   j->path, chunk->schema.name_size);
}

static pg_status files_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    files_source *f = source->state;
    while (chunk->count < chunk->capacity) {
        bool found;
        pg_status status = look_ahead(f, &found, err);
        if (status != PG_OK || !found) return status;
        job *j = &f->jobs[f->at % MOST_JOBS];
        status = put_fields(f, j, chunk, err);
        if (status == PG_OK)
            status = pg_pictures_take(chunk, &j->image, j->path, f->first_file, err);
        if (status != PG_OK) return status;
        f->images++;
        if (j->entry->class >= 0) f->class_images[j->entry->class]++;
        next_in_file(j);
    }
    return PG_OK;
}

static pg_status files_rewind(pg_source *source, pg_error *err)
{
    (void)err;
    files_source *f = source->state;
    stop_jobs(f);
    f->at = 0;
    f->images = 0;
    f->ended = false;
    f->counts = (pg_picture_counts){0};
    memset(f->class_images, 0, f->list.classes.count * sizeof *f->class_images);
    pg_remarks_free(&f->remarks);
    f->trailing = f->hollow = f->skipped = 0;
    for (size_t i = 0; i < f->other_count; i++)
        pg_names_free(&f->others[i].names);
    f->other_count = 0;
    return PG_OK;
}

/* ---- Remarks ---- */

static void add_rest(pg_remarks *sums, size_t count, const char *what)
{
    if (count > MOST_NAMED) pg_remarks_add(sums, true, "and %zu more %s", count - MOST_NAMED, what);
}

/* "a, b, c and 7 more (a GIF picture)" */
static void name_files(const other_kind *other, char *text, size_t size)
{
    size_t used = 0, more = other->count - other->names.count;
    for (size_t i = 0; i < other->names.count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                                 other->names.names[i]);
    if (more && used < size)
        used += (size_t)snprintf(text + used, size - used, " and %zu more", more);
    if (used < size) snprintf(text + used, size - used, " (%s)", other->kind);
}

/* Pictures of kinds that are not read, a line for each kind. */
static void add_other_pictures(files_source *f)
{
    char names[1024];
    for (size_t i = 0; i < f->other_count; i++) {
        const other_kind *other = &f->others[i];
        if (!other->command) continue;
        name_files(other, names, sizeof names);
        pg_remarks_add(&f->sums, true,
                       "%zu picture%s passed over: %s; '%s > FILE.ppm' makes one that is read",
                       other->count, other->count == 1 ? " was" : "s were", names, other->command);
    }
}

/* Other files, in one line: "3 files ...: plain text (2, such as README), ..." */
static void add_other_files(files_source *f)
{
    char text[1024];
    size_t files = 0, used = 0;
    for (size_t i = 0; i < f->other_count; i++) {
        const other_kind *other = &f->others[i];
        if (other->command) continue;
        if (used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (%zu, such as %s)",
                                     files ? ", " : "", other->kind, other->count,
                                     other->names.names[0]);
        files += other->count;
    }
    if (files)
        pg_remarks_add(&f->sums, true, "%zu file%s no picture%s passed over: %s", files,
                       files == 1 ? " that is" : "s that are", files == 1 ? " was" : "s were",
                       text);
}

static void sum_up(files_source *f)
{
    pg_remarks_free(&f->sums);
    add_rest(&f->sums, f->hollow, "class folders have no picture");
    add_rest(&f->sums, f->trailing, "files have something after their data, which was left out");
    add_other_pictures(f);
    add_other_files(f);
    if (f->skipped)
        pg_remarks_add(&f->sums, true, "%zu of %zu files could not be read and %s skipped",
                       f->skipped, f->list.count, f->skipped == 1 ? "was" : "were");
    pg_picture_counts_remark(&f->counts, &f->options, &f->sums);
}

static const pg_remark *files_remark(const pg_source *source, size_t i)
{
    files_source *f = source->state;
    if (i < f->list.remarks.count) return pg_remarks_get(&f->list.remarks, i);
    i -= f->list.remarks.count;
    if (i < f->remarks.count) return pg_remarks_get(&f->remarks, i);
    i -= f->remarks.count;
    if (i == 0) sum_up(f);
    return pg_remarks_get(&f->sums, i);
}

static const pg_class_names *files_class_names(const pg_source *source)
{
    const files_source *f = source->state;
    return f->list.class_names;
}

static bool files_files(const pg_source *source, uint64_t *done, uint64_t *total)
{
    const files_source *f = source->state;
    *done = f->at;
    *total = f->list.count;
    return true;
}

/* ---- Open and close ---- */

static void files_close(void *state)
{
    files_source *f = state;
    stop_jobs(f);
    pg_pool_free(f->pool);
    for (size_t i = 0; i < f->other_count; i++)
        pg_names_free(&f->others[i].names);
    free(f->others);
    free(f->class_images);
    free(f->first_file);
    pg_remarks_free(&f->remarks);
    pg_remarks_free(&f->sums);
    pg_file_list_free(&f->list);
    free(f);
}

static const pg_source_class files_class = {.next = files_next,
                                            .rewind = files_rewind,
                                            .remark = files_remark,
                                            .class_names = files_class_names,
                                            .files = files_files,
                                            .close = files_close};

static pg_status refuse_all(const files_source *f, pg_error *err)
{
    const pg_remark *remark = pg_remarks_get(&f->list.remarks, 0);
    if (f->skipped)
        return pg_fail(err, PG_ERR_FORMAT, "%s: no picture is left of %zu files; %s", f->list.where,
                       f->list.count, f->refusal.message);
    if (f->refusal.message[0]) {
        if (err) *err = f->refusal;
        return f->refusal.status;
    }
    return pg_fail(
        err, PG_ERR_FORMAT,
        "%s: without images; a folder has pictures, or folders of them, one for each class%s%s",
        f->list.where, remark ? "; " : "", remark ? remark->text : "");
}

typedef struct colour_search {
    const files_source *files;
    size_t first; /* entry */
    atomic_bool found;
} colour_search;

static void search_colours(void *context, size_t item)
{
    colour_search *search = context;
    if (atomic_load(&search->found)) return;
    char *path = path_of(search->files, &search->files->list.entries[search->first + item]);
    if (path && pg_pictures_have_colours(path)) atomic_store(&search->found, true);
    free(path);
}

static bool others_have_colours(const files_source *f)
{
    colour_search search = {.files = f, .first = f->at + 1};
    pg_pool_run(f->pool, f->list.count - search.first, search_colours, &search);
    return atomic_load(&search.found);
}

/* Grey pictures become RGB where there are others, for that keeps what both have. */
static void choose_channels(files_source *f, int channels)
{
    f->channels = f->options.grey ? 1 : f->options.rgb ? 3 : channels;
    if (f->options.grey || f->options.rgb) return;
    f->is_mixed = true;
    if (channels == 1 && others_have_colours(f)) f->channels = 3;
    if (channels == 1 && f->channels == 1) {
        f->is_mixed = false;
        f->channels = 0; /* whoever is not grey after all is refused, not made so */
    }
}

/* The first image tells the shape; it is decoded again when the channels of all are known. */
static pg_status find_schema(files_source *f, pg_schema *schema, pg_error *err)
{
    bool found;
    pg_source self = {.state = f};
    pg_status status = look_ahead(f, &found, err);
    if (status == PG_OK && !found) status = refuse_all(f, err);
    if (status != PG_OK) return status;
    const pg_image *first = &f->jobs[f->at % MOST_JOBS].image;
    f->image_bytes = (size_t)first->height * (size_t)first->width * 3;
    int channels = first->channels;
    stop_jobs(f);
    choose_channels(f, channels);
    status = files_rewind(&self, err);
    if (status == PG_OK) status = look_ahead(f, &found, err);
    if (status == PG_OK && !found) status = refuse_all(f, err);
    if (status != PG_OK) return status;
    const job *j = &f->jobs[f->at % MOST_JOBS];
    *schema = (pg_schema){.height = j->image.height,
                          .width = j->image.width,
                          .channels = j->image.channels,
                          .has_label = f->list.labels != NULL};
    f->first_file = strdup(j->path);
    if (f->options.names != PG_NAMES_NONE)
        pg_file_list_widths(&f->list, &schema->name_size, &schema->class_size);
    return f->first_file ? PG_OK : no_memory(f, err);
}

pg_status pg_files_source(pg_file_list *list, const pg_source_options *options, pg_source **source,
                          pg_error *err)
{
    pg_schema schema;
    files_source *f = calloc(1, sizeof *f);
    *source = NULL;
    if (!f) {
        pg_file_list_free(list);
        return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    }
    f->list = *list;
    *list = (pg_file_list){0};
    if (f->list.class_names && f->list.class_names != options->classes)
        f->list.class_names = &f->list.own; /* which has moved */
    f->options = *options;
    f->pool = pg_pool_create(thread_count(f), MOST_JOBS);
    f->class_images = pg_allocate(f->list.classes.count, sizeof *f->class_images);
    pg_status status =
        f->class_images && f->pool ? find_schema(f, &schema, err) : no_memory(f, err);
    if (status == PG_OK) return pg_source_create(&files_class, f, &schema, -1, source, err);
    files_close(f);
    return status;
}
