/* The Python literal in an .npy header, as a tree.
 *
 * Promise: any bytes give a tree of bounded size and depth, or a reason why
 * not; nothing is allocated and nothing outside the text is read.
 */
#ifndef PG_STREAM_LITERAL_H
#define PG_STREAM_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PG_LITERAL_NODES = 512, PG_LITERAL_DEPTH = 8 };

typedef enum pg_literal_kind {
    PG_LITERAL_STRING,
    PG_LITERAL_INTEGER,
    PG_LITERAL_NAME, /* True, False, None */
    PG_LITERAL_TUPLE,
    PG_LITERAL_LIST,
    PG_LITERAL_DICT /* children: key, value, key, value, ... */
} pg_literal_kind;

typedef struct pg_literal_node {
    pg_literal_kind kind;
    const char *text; /* of a string (without quotes) or a name, in the text parsed */
    size_t length;    /* bytes there */
    int64_t integer;
    struct pg_literal_node *child; /* first, or NULL */
    struct pg_literal_node *next;  /* sibling, or NULL */
    int children;
} pg_literal_node;

typedef struct pg_literal {
    pg_literal_node nodes[PG_LITERAL_NODES];
    int used;
    const pg_literal_node *root;
    const char *error; /* where parsing failed: the reason ... */
    size_t error_at;   /* ... and the byte */
} pg_literal;

bool pg_literal_parse(pg_literal *literal, const char *text, size_t length);

/* True where the node is a string or a name of just this text. */
bool pg_literal_is(const pg_literal_node *node, pg_literal_kind kind, const char *text);

#endif
