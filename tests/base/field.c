/* Settings by name: what is written is what is read, and nothing beyond a field's range. */
#include <config.h>

#include <stdbool.h>
#include <stdint.h>

#include "../tap.h"
#include "base/field.h"

typedef struct thing {
    int whole, side;
    double real;
    bool lit;
    uint64_t seed;
    enum { RED, GREEN } colour;
    char own[8];
} thing;

static pg_status scan_own(void *object, const char *text, pg_error *err)
{
    if (strlen(text) > 7) return pg_fail(err, PG_ERR_ARGUMENT, "own: too long");
    snprintf(((thing *)object)->own, 8, "%s", text);
    return PG_OK;
}

static void print_own(const void *object, char text[PG_FIELD_TEXT])
{
    snprintf(text, PG_FIELD_TEXT, "%s", ((const thing *)object)->own);
}

static const char *const colours[] = {"red", "green", NULL};

#define AT(name) offsetof(thing, name)
static const pg_field table[] = {
    {.name = "whole_number",
     .summary = "",
     .kind = PG_FIELD_WHOLE,
     .offset = AT(whole),
     .initial = 3,
     .most = 9},
    {"side", "of it", PG_FIELD_WHOLE, AT(side), -1, 1, 5, "auto", NULL, NULL, NULL, NULL},
    {.name = "real", .summary = "", .kind = PG_FIELD_REAL, .offset = AT(real), .most = 1},
    {.name = "lit", .summary = "", .kind = PG_FIELD_SWITCH, .offset = AT(lit), .most = 1},
    {.name = "seed", .summary = "", .kind = PG_FIELD_SEED, .offset = AT(seed), .most = 0x1p53},
    {.name = "colour", .kind = PG_FIELD_WORD, .offset = AT(colour), .initial = 1, .words = colours},
    {.name = "own", .kind = PG_FIELD_OWN, .scan = scan_own, .print = print_own},
};
static const pg_fields fields = {table, sizeof table / sizeof *table};

static pg_status set(thing *t, const char *name, const char *text, pg_error *err)
{
    const pg_field *field = pg_fields_find(&fields, name);
    if (!field) bail_out(name);
    return pg_field_scan(field, t, name, text, err);
}

static void test_good(void)
{
    static const char *const pairs[][3] = {
        {"whole_number", "9", "9"}, {"whole-number", "0", "0"},
        {"side", "auto", "auto"},   {"side", "5", "5"},
        {"real", "0.1", "0.1"},     {"real", "1e-3", "0.001"},
        {"lit", "1", "1"},          {"seed", "9007199254740992", "9007199254740992"},
        {"colour", "red", "red"},   {"own", "anything", NULL},
        {"own", "word", "word"},    {"real", "0.07142857142857142", "0.07142857142857142"},
    };
    thing t = {0};
    pg_error err;
    pg_fields_start(&fields, &t);
    ok(t.whole == 3 && t.side == -1 && t.colour == GREEN && t.real == 0, "first values");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[PG_FIELD_TEXT];
        pg_status status = set(&t, pairs[i][0], pairs[i][1], &err);
        pg_field_print(pg_fields_find(&fields, pairs[i][0]), &t, text);
        ok(pairs[i][2] ? status == PG_OK && strcmp(text, pairs[i][2]) == 0 : status != PG_OK,
           "%s=%s is printed as %s", pairs[i][0], pairs[i][1], text);
    }
    is_int(pg_fields_check(&fields, &t, &err), PG_OK, "all are in range");
    ok(!pg_fields_find(&fields, "whole") && !pg_fields_find(&fields, "whole_numbers"),
       "no other names");
}

/* What shortest text of any double is, it reads back as that double. */
static void test_digits(void)
{
    uint64_t state = 1;
    int lost = 0;
    for (int i = 0; i < 2000; i++) {
        thing t = {0}, back = {0};
        char text[PG_FIELD_TEXT];
        pg_error err;
        state = state * 6364136223846793005u + 1442695040888963407u;
        t.real = (double)(state >> 11) / 0x1p53 * (i % 2 ? 1 : 1e-9);
        pg_field_print(&table[2], &t, text);
        lost += set(&back, "real", text, &err) != PG_OK || back.real != t.real;
    }
    is_int(lost, 0, "no digit is lost");
}

static void test_bad(void)
{
    static const char *const pairs[][2] = {
        {"whole_number", "10"}, {"whole_number", "-1"}, {"whole_number", "1.5"},
        {"whole_number", ""},   {"whole_number", "2x"}, {"side", "-1"},
        {"side", "0"},          {"side", "automatic"},  {"real", "nan"},
        {"real", "inf"},        {"real", "1.0000001"},  {"real", "1e999"},
        {"lit", "yes"},         {"seed", "-1"},         {"seed", "9007199254740994"},
        {"colour", "blue"},     {"colour", "1"},        {"colour", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        thing t = {.whole = 4, .side = 2, .real = 0.5, .lit = true, .seed = 7}, before = t;
        pg_error err = {0};
        pg_status status = set(&t, pairs[i][0], pairs[i][1], &err);
        ok(status == PG_ERR_ARGUMENT && strstr(err.message, pairs[i][0]) &&
               memcmp(&t, &before, sizeof t) == 0,
           "%s", err.message);
    }
    pg_error err;
    thing t = {.side = 1, .whole = 12};
    ok(pg_fields_check(&fields, &t, &err) != PG_OK && strstr(err.message, "whole_number '12'"),
       "a field out of range is found: %s", err.message);
    t = (thing){.side = 1, .real = NAN};
    ok(pg_fields_check(&fields, &t, &err) != PG_OK && strstr(err.message, "real"),
       "one that is none");
    t = (thing){.side = 1, .colour = 2};
    ok(pg_fields_check(&fields, &t, &err) != PG_OK && strstr(err.message, "colour"),
       "a place without a word: %s", err.message);
}

int main(void)
{
    test_good();
    test_digits();
    test_bad();
    return done_testing();
}
