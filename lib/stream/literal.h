/* Parses the Python literal in an .npy header into a tree.
 *
 * Promise: any bytes give a tree of bounded size and depth, or an error. The parser allocates no
 * memory and reads nothing outside the text.
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
    const char *text; /* string (without quotes) or name, inside the parsed text */
    size_t length;    /* of text, in bytes */
    int64_t integer;
    struct pg_literal_node *child; /* first, or NULL */
    struct pg_literal_node *next;  /* sibling, or NULL */
    int children;
} pg_literal_node;

typedef struct pg_literal {
    pg_literal_node nodes[PG_LITERAL_NODES];
    int used;
    const pg_literal_node *root;
    const char *error; /* after a failure, the reason ... */
    size_t error_at;   /* ... and the offset in bytes */
} pg_literal;

bool pg_literal_parse(pg_literal *literal, const char *text, size_t length);

/* True if the node has this kind, string or name, and this text. */
bool pg_literal_is(const pg_literal_node *node, pg_literal_kind kind, const char *text);

#endif
