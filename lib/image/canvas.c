#include <config.h>

#include "image/canvas.h"

#include <netpbm/pbm.h>
#include <netpbm/pbmfont.h>

static void put(pg_image *canvas, int x, int y, pg_rgb colour)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height) return;
    uint8_t *pixel = canvas->pixels + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
    pixel[0] = colour.red;
    pixel[1] = colour.green;
    pixel[2] = colour.blue;
}

void pg_canvas_fill(pg_image *canvas, int left, int top, int width, int height, pg_rgb colour)
{
    for (int y = top; y < top + height; y++)
        for (int x = left; x < left + width; x++)
            put(canvas, x, y, colour);
}

void pg_canvas_frame(pg_image *canvas, int left, int top, int width, int height, pg_rgb colour)
{
    pg_canvas_fill(canvas, left, top, width, 1, colour);
    pg_canvas_fill(canvas, left, top + height - 1, width, 1, colour);
    pg_canvas_fill(canvas, left, top, 1, height, colour);
    pg_canvas_fill(canvas, left + width - 1, top, 1, height, colour);
}

/* libnetpbm's proportional font, constant data: asking for it cannot fail. */
static const struct glyph *glyph_of(char c)
{
    static const struct font *font;
    if (!font) font = pbm_defaultfont("bdf");
    const struct glyph *glyph = font->glyph[(unsigned char)c];
    return glyph ? glyph : font->glyph['?'];
}

int pg_text_height(void)
{
    return (int)glyph_of('0')->height;
}

int pg_text_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (int)glyph_of(*text)->xadd;
    return width;
}

static void draw_glyph(pg_image *canvas, int left, int baseline, int scale,
                       const struct glyph *glyph, pg_rgb colour)
{
    int top = baseline - (glyph->y + (int)glyph->height) * scale;
    left += glyph->x * scale;
    for (int y = 0; y < (int)glyph->height; y++)
        for (int x = 0; x < (int)glyph->width; x++)
            if (glyph->bmap[y * (int)glyph->width + x])
                pg_canvas_fill(canvas, left + x * scale, top + y * scale, scale, scale, colour);
}

void pg_canvas_text(pg_image *canvas, int left, int top, int scale, const char *text, pg_rgb colour)
{
    const struct glyph *zero = glyph_of('0');
    int baseline = top + (zero->y + (int)zero->height) * scale;
    for (; *text; text++) {
        const struct glyph *glyph = glyph_of(*text);
        draw_glyph(canvas, left, baseline, scale, glyph, colour);
        left += (int)glyph->xadd * scale;
    }
}
