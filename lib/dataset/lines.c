#include "dataset/lines.h"

#include <string.h>

pg_status pg_line_read(pg_datafile *input, char *text, size_t size, bool *found, const char **wrong,
                       pg_error *err)
{
    size_t length = 0, got;
    char c = 0;
    *wrong = NULL;
    for (;;) {
        pg_status status = pg_datafile_read(input, &c, 1, &got, err);
        if (status != PG_OK) return status;
        *found = got || length;
        if (!got || c == '\n') break;
        if (!c) *wrong = "has a zero byte, so this is no text";
        if (length + 1 == size) *wrong = "is too long";
        if (*wrong) return PG_ERR_FORMAT;
        text[length++] = c;
    }
    if (length && text[length - 1] == '\r') length--;
    text[length] = 0;
    return PG_OK;
}

bool pg_line_unescape(char *text)
{
    static const char letters[] = "\\tnr", meanings[] = "\\\t\n\r";
    char *to = text;
    for (; *text; text++) {
        const char *letter = NULL;
        if (*text == '\\') {
            letter = *++text ? strchr(letters, *text) : NULL;
            if (!letter) return false;
        }
        *to++ = letter ? meanings[letter - letters] : *text;
    }
    *to = 0;
    return true;
}
