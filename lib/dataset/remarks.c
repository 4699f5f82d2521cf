#include <config.h>

#include "dataset/remarks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(pg_remarks *remarks)
{
    if (remarks->count < remarks->room) return true;
    size_t room = remarks->room ? 2 * remarks->room : 8;
    pg_remark *list = reallocarray(remarks->list, room, sizeof *list);
    if (!list) return false;
    remarks->list = list;
    remarks->room = room;
    return true;
}

static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

void pg_remarks_add(pg_remarks *remarks, bool is_warning, const char *fmt, ...)
{
    char *text;
    va_list args;
    if (!make_room(remarks)) return;
    va_start(args, fmt);
    int length = vasprintf(&text, fmt, args);
    va_end(args);
    if (length < 0) return;
    make_printable(text);
    remarks->list[remarks->count++] = (pg_remark){.is_warning = is_warning, .text = text};
}

const pg_remark *pg_remarks_get(const pg_remarks *remarks, size_t i)
{
    return i < remarks->count ? &remarks->list[i] : NULL;
}

void pg_remarks_free(pg_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        free(remarks->list[i].text);
    free(remarks->list);
    memset(remarks, 0, sizeof *remarks);
}
