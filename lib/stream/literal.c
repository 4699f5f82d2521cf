#include <config.h>

#include "stream/literal.h"

#include <string.h>

typedef struct parser {
    pg_literal *literal;
    const char *start, *at, *end;
    int depth;
} parser;

static pg_literal_node *parse_value(parser *p);

static pg_literal_node *failure(parser *p, const char *reason)
{
    if (!p->literal->error) {
        p->literal->error = reason;
        p->literal->error_at = (size_t)(p->at - p->start);
    }
    return NULL;
}

static pg_literal_node *new_node(parser *p, pg_literal_kind kind)
{
    if (p->literal->used == PG_LITERAL_NODES) return failure(p, "too many values");
    pg_literal_node *node = &p->literal->nodes[p->literal->used++];
    *node = (pg_literal_node){.kind = kind};
    return node;
}

static void skip_blanks(parser *p)
{
    while (p->at < p->end && *p->at && strchr(" \t\r\n\f\v", *p->at))
        p->at++;
}

/* Takes the character c, after blanks, if it comes next. */
static bool take(parser *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static pg_literal_node *parse_string(parser *p)
{
    pg_literal_node *node = new_node(p, PG_LITERAL_STRING);
    if (!node) return NULL;
    char quote = *p->at++;
    node->text = p->at;
    while (p->at < p->end && *p->at != quote) {
        if (*p->at == '\\' || *p->at == '\n' || !*p->at)
            return failure(p, "an escape or a line end in a string");
        p->at++;
    }
    if (p->at == p->end) return failure(p, "a string without its end");
    node->length = (size_t)(p->at++ - node->text);
    return node;
}

/* Decimal, with a sign; the L of Python 2 is passed over. */
static pg_literal_node *parse_integer(parser *p)
{
    pg_literal_node *node = new_node(p, PG_LITERAL_INTEGER);
    if (!node) return NULL;
    bool negative = *p->at == '-';
    if (negative) p->at++;
    if (p->at == p->end || !is_digit(*p->at)) return failure(p, "a sign without digits");
    for (; p->at < p->end && is_digit(*p->at); p->at++)
        if (__builtin_mul_overflow(node->integer, 10, &node->integer) ||
            __builtin_add_overflow(node->integer, *p->at - '0', &node->integer))
            return failure(p, "a number beyond 64 bits");
    if (p->at < p->end && *p->at == 'L') p->at++;
    if (p->at < p->end && (is_letter(*p->at) || *p->at == '.'))
        return failure(p, "a number that is not an integer");
    if (negative) node->integer = -node->integer;
    return node;
}

static pg_literal_node *parse_name(parser *p)
{
    pg_literal_node *node = new_node(p, PG_LITERAL_NAME);
    if (!node) return NULL;
    node->text = p->at;
    while (p->at < p->end && (is_letter(*p->at) || is_digit(*p->at)))
        p->at++;
    node->length = (size_t)(p->at - node->text);
    if (pg_literal_is(node, PG_LITERAL_NAME, "True") ||
        pg_literal_is(node, PG_LITERAL_NAME, "False") ||
        pg_literal_is(node, PG_LITERAL_NAME, "None"))
        return node;
    p->at = node->text;
    return failure(p, "a name other than True, False and None");
}

static void add_child(pg_literal_node *parent, pg_literal_node **last, pg_literal_node *child)
{
    if (*last)
        (*last)->next = child;
    else
        parent->child = child;
    *last = child;
    parent->children++;
}

/* A key with its colon. */
static pg_literal_node *parse_key(parser *p)
{
    pg_literal_node *key = parse_value(p);
    if (key && !take(p, ':')) return failure(p, "a key without a colon");
    return key;
}

/* What stands between brackets. A value in parentheses without any comma is
 * that value, as in Python. */
static pg_literal_node *parse_sequence(parser *p, pg_literal_kind kind, char closing)
{
    pg_literal_node *node = new_node(p, kind), *last = NULL;
    if (!node) return NULL;
    p->at++;
    bool comma = true;
    while (!take(p, closing)) {
        if (!comma) return failure(p, "values without a comma between them");
        if (kind == PG_LITERAL_DICT) {
            pg_literal_node *key = parse_key(p);
            if (!key) return NULL;
            add_child(node, &last, key);
        }
        pg_literal_node *value = parse_value(p);
        if (!value) return NULL;
        add_child(node, &last, value);
        comma = take(p, ',');
    }
    if (kind == PG_LITERAL_TUPLE && node->children == 1 && !comma) return node->child;
    return node;
}

static pg_literal_node *parse_nested(parser *p)
{
    if (++p->depth > PG_LITERAL_DEPTH) return failure(p, "brackets nested too deeply");
    pg_literal_node *node;
    switch (*p->at) {
    case '(':
        node = parse_sequence(p, PG_LITERAL_TUPLE, ')');
        break;
    case '[':
        node = parse_sequence(p, PG_LITERAL_LIST, ']');
        break;
    default:
        node = parse_sequence(p, PG_LITERAL_DICT, '}');
    }
    p->depth--;
    return node;
}

static pg_literal_node *parse_value(parser *p)
{
    skip_blanks(p);
    if (p->at == p->end) return failure(p, "the end instead of a value");
    char c = *p->at;
    if (c == '(' || c == '[' || c == '{') return parse_nested(p);
    if (c == '\'' || c == '"') return parse_string(p);
    if (is_digit(c) || c == '-') return parse_integer(p);
    if (is_letter(c)) return parse_name(p);
    return failure(p, "a character that starts no value");
}

bool pg_literal_parse(pg_literal *literal, const char *text, size_t length)
{
    parser p = {.literal = literal, .start = text, .at = text, .end = text + length};
    literal->used = 0;
    literal->error = NULL;
    literal->root = parse_value(&p);
    if (!literal->root) return false;
    skip_blanks(&p);
    if (p.at != p.end) failure(&p, "more after the value");
    return !literal->error;
}

bool pg_literal_is(const pg_literal_node *node, pg_literal_kind kind, const char *text)
{
    return node->kind == kind && node->length == strlen(text) &&
           memcmp(node->text, text, node->length) == 0;
}
