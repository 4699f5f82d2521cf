#include <config.h>

#include "stream/npy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "stream/layout.h"
#include "stream/literal.h"
#include "stream/schema.h"

#define ACCEPTED                                                                                   \
    "accepted are '|u1' (N,H,W) or (N,H,W,C) as images, '<f4' (N,K) as codes, and records with "   \
    "the fields image, label, code, name, class"

enum { MAX_RANK = 32, SHAPE_TEXT = 160 };

/* Length and start of a node's text in a message, cut to a reasonable size. */
#define TEXT(node)                                                                                 \
    (int)((node)->length < 40 ? (node)->length : 40), (node)->text ? (node)->text : ""

static bool is_sequence(const pg_literal_node *node)
{
    return node->kind == PG_LITERAL_TUPLE || node->kind == PG_LITERAL_LIST;
}

/* '<f4' and its like: order, type, width. */
static bool parse_type(const pg_literal_node *node, pg_npy_field *field)
{
    if (node->kind != PG_LITERAL_STRING || node->length < 2) return false;
    const char *c = node->text, *end = c + node->length;
    char order = strchr("<>|=", *c) ? *c++ : '|';
    if (c == end) return false;
    field->type = *c++;
    if (c == end || end - c > 9) return false;
    field->width = 0;
    for (; c < end; c++) {
        if (*c < '0' || *c > '9') return false;
        field->width = 10 * field->width + (size_t)(*c - '0');
    }
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    field->swapped = field->width > 1 && order == (little ? '>' : '<');
    return field->width == 1 || strchr("SV", field->type) || order == '<' || order == '>';
}

static bool is_type(const pg_npy_field *field, const char *types, size_t min, size_t max)
{
    return field->type && strchr(types, field->type) && field->width >= min &&
           field->width <= max && (field->width & (field->width - 1)) == 0;
}

/* The sizes in a shape, which may be one integer; -1: not a shape. */
static int parse_shape(const pg_literal_node *node, int64_t shape[MAX_RANK])
{
    if (!node) return 0;
    if (node->kind == PG_LITERAL_INTEGER) {
        shape[0] = node->integer;
        return 1;
    }
    if (!is_sequence(node) || node->children > MAX_RANK) return -1;
    int rank = 0;
    for (const pg_literal_node *size = node->child; size; size = size->next) {
        if (size->kind != PG_LITERAL_INTEGER) return -1;
        shape[rank++] = size->integer;
    }
    return rank;
}

/* A shape as Python prints it, cut to a reasonable size. */
static void print_shape(const int64_t *shape, int rank, char text[SHAPE_TEXT])
{
    size_t used = (size_t)snprintf(text, SHAPE_TEXT, "(");
    for (int i = 0; i < rank && used < SHAPE_TEXT; i++)
        used +=
            (size_t)snprintf(text + used, SHAPE_TEXT - used, "%s%" PRId64, i ? ", " : "", shape[i]);
    if (used < SHAPE_TEXT) snprintf(text + used, SHAPE_TEXT - used, rank == 1 ? ",)" : ")");
}

typedef struct record_parser {
    pg_npy *npy;
    const char *name;
    const pg_reading *reading;
    pg_error *err;
} record_parser;

static pg_status set_image(const record_parser *p, const int64_t *shape, int rank)
{
    int64_t channels = rank == 3 ? shape[2] : 1;
    pg_status status =
        pg_shape_check(p->name, shape[0], shape[1], channels, p->reading->will_be_resized, p->err);
    if (status) return status;
    p->npy->schema.height = (int)shape[0];
    p->npy->schema.width = (int)shape[1];
    p->npy->schema.channels = (int)channels;
    return PG_OK;
}

static pg_status set_code(const record_parser *p, const int64_t *shape, int rank)
{
    int64_t components = rank ? shape[0] : 1;
    pg_status status = pg_code_check(p->name, components, p->err);
    if (!status) p->npy->schema.code_dim = (int)components;
    return status;
}

/* type is followed by the shape where the field has one. */
static pg_status refuse_field(const record_parser *p, const pg_literal_node *field,
                              const pg_literal_node *type, const char *accepted)
{
    int64_t shape[MAX_RANK];
    char text[SHAPE_TEXT];
    int rank = parse_shape(type->next, shape);
    if (rank >= 0) print_shape(shape, rank, text);
    if (type->kind != PG_LITERAL_STRING)
        return pg_fail(p->err, PG_ERR_UNSUPPORTED, "%s: field '%.*s' is a record; it has to be %s",
                       p->name, TEXT(field), accepted);
    return pg_fail(p->err, PG_ERR_UNSUPPORTED,
                   "%s: field '%.*s' has type '%.*s'%s%s; it has to be %s", p->name, TEXT(field),
                   TEXT(type), type->next && rank >= 0 ? " and shape " : "",
                   type->next && rank >= 0 ? text : "", accepted);
}

static pg_status set_scalar(const record_parser *p, const pg_literal_node *name,
                            pg_npy_field *field)
{
    pg_schema *schema = &p->npy->schema;
    if (schema->scalar_count == PG_MAX_SCALARS || name->length >= PG_MAX_NAME)
        return pg_fail(p->err, PG_ERR_LIMIT,
                       "%s: field '%.*s': more than %d scalar fields or a name of more than %d "
                       "letters",
                       p->name, TEXT(name), PG_MAX_SCALARS, PG_MAX_NAME - 1);
    field->scalar = schema->scalar_count++;
    memcpy(schema->scalar_names[field->scalar], name->text, name->length);
    return PG_OK;
}

/* Text of a fixed width in bytes. */
static pg_status set_text(const record_parser *p, const pg_literal_node *name,
                          const pg_literal_node *type, const pg_npy_field *field, bool single,
                          int *size)
{
    if (field->type != 'S' || field->width < 1 || field->width > PG_MAX_TEXT || !single)
        return refuse_field(p, name, type,
                            "bytes, '|S1' to '|S4096', one text an example: a.astype('S')");
    *size = (int)field->width;
    return PG_OK;
}

/* What the name makes of the field, if type and shape fit. */
static pg_status set_field(const record_parser *p, const pg_literal_node *name,
                           const pg_literal_node *type, pg_npy_field *field, const int64_t *shape,
                           int rank)
{
    pg_schema *schema = &p->npy->schema;
    bool single = rank == 0 || (rank == 1 && shape[0] == 1);
    field->kind = PG_FIELD_SCALAR;
    if (pg_literal_is(name, PG_LITERAL_STRING, "image")) {
        field->kind = PG_FIELD_IMAGE;
        if (!is_type(field, "u", 1, 1) || rank < 2 || rank > 3)
            return refuse_field(p, name, type, "'|u1' of shape (H,W) or (H,W,C)");
        return set_image(p, shape, rank);
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "label")) {
        field->kind = PG_FIELD_LABEL;
        if (!is_type(field, "iu", 1, 8) || !single)
            return refuse_field(p, name, type, "'<i4' or another integer, one an example");
        schema->has_label = true;
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "code")) {
        field->kind = PG_FIELD_CODE;
        if (!is_type(field, "f", 4, 8) || rank > 1)
            return refuse_field(p, name, type, "'<f4' or '<f8' of shape (K,)");
        return set_code(p, shape, rank);
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "name")) {
        field->kind = PG_FIELD_NAME;
        return set_text(p, name, type, field, single, &schema->name_size);
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "class")) {
        field->kind = PG_FIELD_CLASS;
        return set_text(p, name, type, field, single, &schema->class_size);
    } else if (name->length == 0 && field->type == 'V' && rank == 0) {
        field->kind = PG_FIELD_PADDING;
    } else if (!is_type(field, "f", 4, 8) || !single) {
        return refuse_field(p, name, type, "'<f4' or '<f8', one an example");
    } else {
        return set_scalar(p, name, field);
    }
    return PG_OK;
}

static pg_status check_not_repeated(const record_parser *p, const pg_npy_field *field)
{
    for (const pg_npy_field *other = p->npy->fields; other < field; other++)
        if (other->kind == field->kind && field->kind < PG_FIELD_SCALAR)
            return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: a field appears twice", p->name);
    return PG_OK;
}

/* ('name', 'type') or ('name', 'type', shape); the name may be ('title', 'name') */
static pg_status parse_field(const record_parser *p, const pg_literal_node *node)
{
    const pg_literal_node *name = node->child, *type = name ? name->next : NULL;
    int64_t shape[MAX_RANK];
    if (name && is_sequence(name) && name->children == 2) name = name->child->next;
    if (!is_sequence(node) || !type || node->children > 3 || name->kind != PG_LITERAL_STRING)
        return pg_fail(p->err, PG_ERR_FORMAT,
                       "%s: header: a field is not ('name', 'type') or ('name', 'type', shape)",
                       p->name);
    int rank = parse_shape(type->next, shape);
    if (p->npy->field_count == PG_NPY_MAX_FIELDS)
        return pg_fail(p->err, PG_ERR_LIMIT, "%s: header: more than %d fields", p->name,
                       PG_NPY_MAX_FIELDS);
    pg_npy_field *field = &p->npy->fields[p->npy->field_count++];
    if (!parse_type(type, field) || rank < 0)
        return refuse_field(p, name, type,
                            type->kind == PG_LITERAL_STRING
                                ? "a plain number such as '|u1', '<i4', '<f4'"
                                : "a plain number, not a record or a table");
    pg_status status = set_field(p, name, type, field, shape, rank);
    return status ? status : check_not_repeated(p, field);
}

static pg_status parse_record(const record_parser *p, const pg_literal_node *fields,
                              const int64_t *shape, int rank)
{
    char text[SHAPE_TEXT];
    print_shape(shape, rank, text);
    if (p->reading->layout || p->reading->has_range)
        return pg_fail(p->err, PG_ERR_ARGUMENT,
                       "%s: records tell their layout, and have bytes; leave out --layout and "
                       "--values, which are for plain arrays",
                       p->name);
    if (rank != 1)
        return pg_fail(p->err, PG_ERR_UNSUPPORTED,
                       "%s: records in an array of shape %s, in %d dimensions; they have to be in "
                       "a row (N,): a.reshape(-1)",
                       p->name, text, rank);
    p->npy->count = (uint64_t)shape[0];
    for (const pg_literal_node *node = fields->child; node; node = node->next) {
        pg_status status = parse_field(p, node);
        if (status) return status;
    }
    return PG_OK;
}

/* What NumPy's letter for a type stands for, and what to do about it. */
static const struct {
    char type;
    const char *words, *advice;
} other_types[] = {
    {'O', " (Python objects)", "save numbers, as in numpy.save(FILE, a.astype('u1'))"},
    {'b', " (truth values)", NULL},
    {'c', " (complex numbers)", NULL},
    {'S', " (strings)", NULL},
    {'a', " (strings)", NULL},
    {'U', " (strings)", NULL},
    {'M', " (dates)", NULL},
    {'m', " (times)", NULL},
    {'V', " (bytes without a type)", NULL},
};

/* Values of images that are numbers, but not bytes. */
static const char *advise_numbers(const pg_npy_field *field, int rank)
{
    bool images = rank == 3 || rank == 4, is_float = field->type == 'f';
    if (is_float && images && !is_type(field, "f", 4, 8)) return "save a.astype('f4') for pg-prep";
    if (images && field->width > 0 && strchr("fiub", field->type))
        return "images are bytes; 'pg-prep FILE' makes some of numbers";
    if (is_float && rank == 2) return "codes are a.astype('f4')";
    if (rank == 2 && is_type(field, "u", 1, 1))
        return "images are (N,H,W): 'pg-prep --layout hw' makes one of it, a.reshape(-1, H, W) one "
               "of each row";
    return NULL;
}

static pg_status refuse_plain(const record_parser *p, const pg_literal_node *type,
                              const int64_t *shape, int rank)
{
    const pg_npy_field *field = &p->npy->fields[0];
    const char *words = "", *advice = advise_numbers(field, rank);
    char text[SHAPE_TEXT];
    for (size_t i = 0; i < sizeof other_types / sizeof *other_types; i++)
        if (other_types[i].type == field->type) {
            words = other_types[i].words;
            if (!advice) advice = other_types[i].advice;
        }
    print_shape(shape, rank, text);
    return pg_fail(p->err, PG_ERR_UNSUPPORTED, "%s: an array of type '%.*s'%s and shape %s; %s",
                   p->name, TEXT(type), words, text, advice ? advice : ACCEPTED);
}

static bool is_image_type(const record_parser *p, const pg_npy_field *field)
{
    return is_type(field, "u", 1, 1) ||
           (p->reading->converts &&
            (is_type(field, "iu", 1, 8) || is_type(field, "f", 4, 8) || is_type(field, "b", 1, 1)));
}

/* The layout that was given, or that the sizes tell. */
static pg_status find_layout(const record_parser *p, const int64_t *shape, int rank,
                             pg_layout *layout)
{
    char text[SHAPE_TEXT];
    const char *given = p->reading->layout;
    print_shape(shape, rank, text);
    if (given) {
        *layout = (pg_layout){pg_layout_named(given, rank), false};
        if (layout->letters) return PG_OK;
        return pg_fail(p->err, PG_ERR_ARGUMENT,
                       "%s: an array of shape %s has %d dimensions, not those of --layout %s",
                       p->name, text, rank, given);
    }
    *layout = pg_layout_guess(shape, rank);
    if (!layout->letters)
        return pg_fail(p->err, PG_ERR_ARGUMENT,
                       "%s: an array of shape %s may have its channels first or last; say so with "
                       "'pg-prep --layout nchw' or 'pg-prep --layout nhwc'",
                       p->name, text);
    bool usual = layout->letters[0] == 'n' && layout->letters[1] == 'h';
    if (p->reading->converts || usual) return PG_OK;
    return pg_fail(p->err, PG_ERR_UNSUPPORTED,
                   "%s: an array of shape %s looks like %s; 'pg-prep FILE' makes a stream of it",
                   p->name, text,
                   layout->letters[0] == 'n' ? "images with their channels first" : "one image");
}

/* What a person should know of where the layout is not certain. */
static void note_layout(const record_parser *p, const pg_layout *layout, const int64_t *shape,
                        int rank)
{
    const pg_schema *s = &p->npy->schema;
    char text[SHAPE_TEXT];
    const char *other = strcmp(layout->letters, "nchw") == 0  ? "nhwc"
                        : strcmp(layout->letters, "hwc") == 0 ? "nhw"
                                                              : "chw";
    if (!layout->assumed) return;
    print_shape(shape, rank, text);
    snprintf(p->npy->note, PG_NPY_NOTE,
             "an array of shape %.100s is read as %" PRIu64
             " image%s of %dx%dx%d (--layout %s); if it is something else, give --layout %s",
             text, p->npy->count, p->npy->count == 1 ? "" : "s", s->height, s->width, s->channels,
             layout->letters, other);
}

static pg_status set_plain_images(const record_parser *p, const int64_t *shape, int rank)
{
    pg_npy_field *field = &p->npy->fields[0];
    pg_layout layout;
    pg_status status = find_layout(p, shape, rank, &layout);
    if (status) return status;
    const int64_t sizes[] = {pg_layout_size(layout.letters, shape, 'h'),
                             pg_layout_size(layout.letters, shape, 'w'),
                             pg_layout_size(layout.letters, shape, 'c')};
    field->kind = PG_FIELD_IMAGE;
    field->channels_first = sizes[2] > 1 && strstr(layout.letters, "ch");
    field->converts = p->reading->converts;
    p->npy->count = (uint64_t)pg_layout_size(layout.letters, shape, 'n');
    status = set_image(p, sizes, 3);
    if (!status) note_layout(p, &layout, shape, rank);
    return status;
}

/* A plain array: images or codes by type and rank. */
static pg_status parse_plain(const record_parser *p, const pg_literal_node *type,
                             const int64_t *shape, int rank)
{
    pg_npy_field *field = &p->npy->fields[0];
    bool valid = parse_type(type, field);
    p->npy->field_count = 1;
    p->npy->count = rank ? (uint64_t)shape[0] : 0;
    bool is_images = rank == 3 || rank == 4 || (rank == 2 && p->reading->layout);
    if (valid && is_images && is_image_type(p, field)) return set_plain_images(p, shape, rank);
    if (valid && is_type(field, "f", 4, 8) && rank == 2) {
        field->kind = PG_FIELD_CODE;
        return set_code(p, shape + 1, 1);
    }
    return refuse_plain(p, type, shape, rank);
}

/* The values of the three keys, each there once and no others. */
static pg_status find_keys(const record_parser *p, const pg_literal_node *dict,
                           const pg_literal_node *values[3])
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    for (const pg_literal_node *key = dict->child; key; key = key->next->next) {
        int k = 0;
        while (k < 3 && !pg_literal_is(key, PG_LITERAL_STRING, keys[k]))
            k++;
        if (k == 3)
            return pg_fail(p->err, PG_ERR_FORMAT,
                           "%s: header: key '%.*s'; only descr, "
                           "fortran_order and shape have a meaning",
                           p->name, TEXT(key));
        if (values[k])
            return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: key '%s' appears twice", p->name,
                           keys[k]);
        values[k] = key->next;
    }
    for (int k = 0; k < 3; k++)
        if (!values[k])
            return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: key '%s' is missing", p->name,
                           keys[k]);
    return PG_OK;
}

/* Whether the bytes are the same in C and Fortran order. */
static bool has_one_order(const int64_t *shape, int rank)
{
    int longer = 0;
    for (int i = 0; i < rank; i++) {
        if (shape[i] == 0) return true;
        longer += shape[i] > 1;
    }
    return longer <= 1;
}

static pg_status check_order(const record_parser *p, const pg_literal_node *order,
                             const int64_t *shape, int rank)
{
    if (pg_literal_is(order, PG_LITERAL_NAME, "False")) return PG_OK;
    if (pg_literal_is(order, PG_LITERAL_NAME, "True"))
        return has_one_order(shape, rank)
                   ? PG_OK
                   : pg_fail(
                         p->err, PG_ERR_UNSUPPORTED,
                         "%s: an array in Fortran order; save numpy.ascontiguousarray(a) instead",
                         p->name);
    return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: fortran_order is not True or False",
                   p->name);
}

/* Sizes of fields, the record and the array. */
static pg_status set_sizes(const record_parser *p)
{
    pg_npy *npy = p->npy;
    for (int i = 0; i < npy->field_count; i++) {
        pg_npy_field *field = &npy->fields[i];
        size_t elements = field->kind == PG_FIELD_IMAGE  ? pg_schema_image_size(&npy->schema)
                          : field->kind == PG_FIELD_CODE ? (size_t)npy->schema.code_dim
                                                         : 1;
        field->bytes = elements * field->width; /* the schema's limits keep this small */
        npy->record_size += field->bytes;
    }
    uint64_t bytes;
    if (__builtin_mul_overflow(npy->count, (uint64_t)npy->record_size, &bytes) || bytes > INT64_MAX)
        return pg_fail(p->err, PG_ERR_LIMIT, "%s: %" PRIu64 " examples of %zu bytes overflow",
                       p->name, npy->count, npy->record_size);
    return PG_OK;
}

/* 'chunked', and whatever follows. */
static bool opens_chunks(const pg_literal_node *shape)
{
    static const char word[] = "chunked";
    return shape->kind == PG_LITERAL_STRING && shape->length >= strlen(word) &&
           memcmp(shape->text, word, strlen(word)) == 0;
}

static pg_status interpret(const record_parser *p, const pg_literal_node *root)
{
    const pg_literal_node *values[3] = {NULL, NULL, NULL};
    int64_t shape[MAX_RANK];
    if (root->kind != PG_LITERAL_DICT)
        return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: not a dictionary", p->name);
    pg_status status = find_keys(p, root, values);
    if (status) return status;
    p->npy->opens = opens_chunks(values[2]);
    int rank = is_sequence(values[2]) ? parse_shape(values[2], shape) : -1;
    if (p->npy->opens) shape[0] = 0, rank = 1;
    if (rank < 0)
        return pg_fail(p->err, PG_ERR_FORMAT,
                       "%s: header: shape is not a tuple of at most %d integers", p->name,
                       MAX_RANK);
    for (int i = 0; i < rank; i++)
        if (shape[i] < 0)
            return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: a negative size %" PRId64, p->name,
                           shape[i]);
    status = check_order(p, values[1], shape, rank);
    if (status) return status;
    status = values[0]->kind == PG_LITERAL_LIST ? parse_record(p, values[0], shape, rank)
                                                : parse_plain(p, values[0], shape, rank);
    if (!status) status = pg_schema_check_fields(&p->npy->schema, p->name, p->err);
    return status ? status : set_sizes(p);
}

/* Blanks at the end, beside the line end. */
static size_t count_blanks(const char *text, size_t length)
{
    size_t count = 0;
    if (length && text[length - 1] == '\n') length--;
    while (count < length && text[length - 1 - count] == ' ')
        count++;
    return count;
}

pg_status pg_npy_parse(pg_npy *npy, const char *text, size_t length, const char *name,
                       const pg_reading *reading, pg_error *err)
{
    pg_literal literal;
    record_parser p = {npy, name, reading, err};
    memset(npy, 0, sizeof *npy);
    if (!pg_literal_parse(&literal, text, length))
        return pg_fail(err, PG_ERR_FORMAT, "%s: header: %s at its byte %zu", name, literal.error,
                       literal.error_at);
    pg_status status = interpret(&p, literal.root);
    /* Before the shape told it, blanks did. */
    npy->opens |= npy->count == 0 && count_blanks(text, length) >= PG_NPY_MARK;
    return status;
}

/* The dtype as NumPy prints it. */
static size_t format_fields(const pg_schema *schema, char *text, size_t size)
{
    size_t used = 0;
    const char *comma = "";
    if (schema->channels) {
        used += (size_t)snprintf(text, size, "('image', '|u1', (%d, %d, %d))", schema->height,
                                 schema->width, schema->channels);
        comma = ", ";
    }
    if (schema->has_label) {
        used += (size_t)snprintf(text + used, size - used, "%s('label', '<i4')", comma);
        comma = ", ";
    }
    if (schema->code_dim) {
        used += (size_t)snprintf(text + used, size - used, "%s('code', '<f4', (%d,))", comma,
                                 schema->code_dim);
        comma = ", ";
    }
    for (int i = 0; i < schema->scalar_count; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s('%s', '<f4')", comma,
                                 schema->scalar_names[i]);
        comma = ", ";
    }
    if (schema->name_size) {
        used += (size_t)snprintf(text + used, size - used, "%s('name', '|S%d')", comma,
                                 schema->name_size);
        comma = ", ";
    }
    if (schema->class_size)
        used += (size_t)snprintf(text + used, size - used, "%s('class', '|S%d')", comma,
                                 schema->class_size);
    return used;
}

/* room: characters of the longest shape. */
static size_t format_header(const pg_schema *schema, const char *shape, size_t room,
                            char header[PG_NPY_OWN_HEADER])
{
    enum { PREFIX = PG_NPY_MAGIC + 2 };
    char fields[PG_NPY_OWN_HEADER / 2];
    format_fields(schema, fields, sizeof fields);
    size_t length =
        (size_t)snprintf(header + PREFIX, PG_NPY_OWN_HEADER - PREFIX,
                         "{'descr': [%s], 'fortran_order': False, 'shape': %s, }", fields, shape);
    size_t longest = PREFIX + length + (room - strlen(shape)) + 1;
    size_t total = (longest + 63) / 64 * 64;
    memcpy(header, "\x93NUMPY\x01\x00", PG_NPY_MAGIC);
    header[PG_NPY_MAGIC] = (char)((total - PREFIX) & 0xff);
    header[PG_NPY_MAGIC + 1] = (char)((total - PREFIX) >> 8);
    memset(header + PREFIX + length, ' ', total - PREFIX - length - 1);
    header[total - 1] = '\n';
    return total;
}

size_t pg_npy_format(const pg_schema *schema, uint64_t count, char header[PG_NPY_OWN_HEADER])
{
    enum { MOST_DIGITS = 20, ROOM = MOST_DIGITS + sizeof "(,)" };
    char shape[ROOM];
    snprintf(shape, sizeof shape, "(%" PRIu64 ",)", count);
    return format_header(schema, shape, ROOM - 1, header);
}

size_t pg_npy_format_opening(const pg_schema *schema, char header[PG_NPY_OWN_HEADER])
{
    static const char shape[] = "'chunked; this makes one array of it: pg-prep FILE -o ARRAY'";
    return format_header(schema, shape, strlen(shape), header);
}
