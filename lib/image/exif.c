/* The one entry of EXIF data that changes the pixels: a TIFF directory of entries of twelve bytes
 * (EXIF 2.32, 4.6.2 and 4.6.4). */
#include <config.h>

#include "image/picture.h"

enum { HEADER = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };

static uint32_t number(const uint8_t *bytes, size_t count, bool big)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << (8 * (big ? count - 1 - i : i));
    return value;
}

/* 0: this entry is another one. */
static int orientation_of(const uint8_t *entry, bool big)
{
    if (number(entry, 2, big) != ORIENTATION) return 0;
    uint32_t value = number(entry + 8, 2, big);
    bool valid = number(entry + 2, 2, big) == SHORT && value >= 1 && value <= 8;
    return valid ? (int)value : 1;
}

int pg_exif_orientation(const uint8_t *bytes, size_t count)
{
    if (count < HEADER) return 1;
    bool big = bytes[0] == 'M';
    if ((bytes[0] != 'I' && !big) || bytes[1] != bytes[0] || number(bytes + 2, 2, big) != 42)
        return 1;
    size_t at = number(bytes + 4, 4, big);
    if (at > count || count - at < 2) return 1;
    size_t entries = number(bytes + at, 2, big);
    for (at += 2; entries > 0 && count - at >= ENTRY; entries--, at += ENTRY) {
        int orientation = orientation_of(bytes + at, big);
        if (orientation) return orientation;
    }
    return 1;
}
