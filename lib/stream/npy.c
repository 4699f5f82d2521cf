#include <config.h>

#include "stream/npy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "stream/literal.h"
#include "stream/schema.h"

#define ACCEPTED                                                                                   \
    "accepted are '|u1' (N,H,W) or (N,H,W,C) as images, '<f4' (N,K) as codes, and records with "   \
    "the fields image, label, code"

enum { MAX_RANK = 32 };

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
    if (c == end || end - c > 4) return false;
    field->width = 0;
    for (; c < end; c++) {
        if (*c < '0' || *c > '9') return false;
        field->width = 10 * field->width + (size_t)(*c - '0');
    }
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    field->swapped = field->width > 1 && order == (little ? '>' : '<');
    return field->width == 1 || field->type == 'V' || order == '<' || order == '>';
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

/* A size for the schema, whose check refuses what is not reasonable. */
static int clamp_size(int64_t size)
{
    return size < 0 ? -1 : size > INT_MAX ? INT_MAX : (int)size;
}

static void set_image(pg_schema *schema, const int64_t *shape, int rank)
{
    schema->height = clamp_size(shape[0]);
    schema->width = clamp_size(shape[1]);
    schema->channels = rank == 3 ? clamp_size(shape[2]) : 1;
    if (schema->channels == 0) schema->channels = -1; /* an image of nothing, not no image */
}

static void set_code(pg_schema *schema, const int64_t *shape, int rank)
{
    schema->code_dim = rank ? clamp_size(shape[0]) : 1;
    if (schema->code_dim == 0) schema->code_dim = -1;
}

typedef struct record_parser {
    pg_npy *npy;
    const char *name;
    pg_error *err;
} record_parser;

static pg_status refuse_field(const record_parser *p, const pg_literal_node *field,
                              const pg_literal_node *type, const char *accepted)
{
    return pg_fail(p->err, PG_ERR_UNSUPPORTED, "%s: field '%.*s' has type '%.*s'; it has to be %s",
                   p->name, TEXT(field), TEXT(type), accepted);
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
        set_image(schema, shape, rank);
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "label")) {
        field->kind = PG_FIELD_LABEL;
        if (!is_type(field, "iu", 1, 8) || !single)
            return refuse_field(p, name, type, "'<i4' or another integer, one an example");
        schema->has_label = true;
    } else if (pg_literal_is(name, PG_LITERAL_STRING, "code")) {
        field->kind = PG_FIELD_CODE;
        if (!is_type(field, "f", 4, 8) || rank > 1)
            return refuse_field(p, name, type, "'<f4' or '<f8' of shape (K,)");
        set_code(schema, shape, rank);
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

/* ('name', 'type') or ('name', 'type', shape) */
static pg_status parse_field(const record_parser *p, const pg_literal_node *node)
{
    const pg_literal_node *name = node->child, *type = name ? name->next : NULL;
    int64_t shape[MAX_RANK];
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
    if (rank != 1)
        return pg_fail(p->err, PG_ERR_UNSUPPORTED,
                       "%s: records in an array of %d dimensions; they have to be in a row (N,)",
                       p->name, rank);
    p->npy->count = (uint64_t)shape[0];
    for (const pg_literal_node *node = fields->child; node; node = node->next) {
        pg_status status = parse_field(p, node);
        if (status) return status;
    }
    return PG_OK;
}

/* A plain array: images or codes by type and rank. */
static pg_status parse_plain(const record_parser *p, const pg_literal_node *type,
                             const int64_t *shape, int rank)
{
    pg_npy_field *field = &p->npy->fields[0];
    bool valid = parse_type(type, field);
    p->npy->field_count = 1;
    p->npy->count = rank ? (uint64_t)shape[0] : 0;
    if (valid && is_type(field, "u", 1, 1) && (rank == 3 || rank == 4)) {
        field->kind = PG_FIELD_IMAGE;
        set_image(&p->npy->schema, shape + 1, rank - 1);
    } else if (valid && is_type(field, "f", 4, 8) && rank == 2) {
        field->kind = PG_FIELD_CODE;
        set_code(&p->npy->schema, shape + 1, 1);
    } else {
        return pg_fail(p->err, PG_ERR_UNSUPPORTED,
                       "%s: an array of type '%.*s' in %d dimension%s%s; " ACCEPTED, p->name,
                       TEXT(type), rank, rank == 1 ? "" : "s",
                       field->type == 'O' ? " (Python objects)" : "");
    }
    return PG_OK;
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

static pg_status check_order(const record_parser *p, const pg_literal_node *order)
{
    if (pg_literal_is(order, PG_LITERAL_NAME, "False")) return PG_OK;
    if (pg_literal_is(order, PG_LITERAL_NAME, "True"))
        return pg_fail(p->err, PG_ERR_UNSUPPORTED,
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

static pg_status interpret(const record_parser *p, const pg_literal_node *root)
{
    const pg_literal_node *values[3] = {NULL, NULL, NULL};
    int64_t shape[MAX_RANK];
    if (root->kind != PG_LITERAL_DICT)
        return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: not a dictionary", p->name);
    pg_status status = find_keys(p, root, values);
    if (!status) status = check_order(p, values[1]);
    if (status) return status;
    int rank = is_sequence(values[2]) ? parse_shape(values[2], shape) : -1;
    if (rank < 0)
        return pg_fail(p->err, PG_ERR_FORMAT,
                       "%s: header: shape is not a tuple of at most %d integers", p->name,
                       MAX_RANK);
    for (int i = 0; i < rank; i++)
        if (shape[i] < 0)
            return pg_fail(p->err, PG_ERR_FORMAT, "%s: header: a negative size %" PRId64, p->name,
                           shape[i]);
    status = values[0]->kind == PG_LITERAL_LIST ? parse_record(p, values[0], shape, rank)
                                                : parse_plain(p, values[0], shape, rank);
    if (!status) status = pg_schema_check(&p->npy->schema, p->name, p->err);
    return status ? status : set_sizes(p);
}

pg_status pg_npy_parse(pg_npy *npy, const char *text, size_t length, const char *name,
                       pg_error *err)
{
    pg_literal literal;
    record_parser p = {npy, name, err};
    memset(npy, 0, sizeof *npy);
    if (!pg_literal_parse(&literal, text, length))
        return pg_fail(err, PG_ERR_FORMAT, "%s: header: %s at its byte %zu", name, literal.error,
                       literal.error_at);
    return interpret(&p, literal.root);
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
    return used;
}

size_t pg_npy_format(const pg_schema *schema, uint64_t count, char header[PG_NPY_OWN_HEADER])
{
    enum { PREFIX = PG_NPY_MAGIC + 2, MOST_DIGITS = 20 };
    char fields[PG_NPY_OWN_HEADER / 2], digits[MOST_DIGITS + 1];
    format_fields(schema, fields, sizeof fields);
    size_t digit_count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t length = (size_t)snprintf(header + PREFIX, PG_NPY_OWN_HEADER - PREFIX,
                                     "{'descr': [%s], 'fortran_order': False, 'shape': (%s,), }",
                                     fields, digits);
    size_t longest = PREFIX + length + (MOST_DIGITS - digit_count) + 1;
    size_t total = (longest + 63) / 64 * 64;
    memcpy(header, "\x93NUMPY\x01\x00", PG_NPY_MAGIC);
    header[PG_NPY_MAGIC] = (char)((total - PREFIX) & 0xff);
    header[PG_NPY_MAGIC + 1] = (char)((total - PREFIX) >> 8);
    memset(header + PREFIX + length, ' ', total - PREFIX - length - 1);
    header[total - 1] = '\n';
    return total;
}
