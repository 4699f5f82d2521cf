/* Drawing functions for plots: rectangles and text on an RGB image. Everything is clipped to the
 * image. */
#ifndef PG_IMAGE_CANVAS_H
#define PG_IMAGE_CANVAS_H

#include "pixelgan/image.h"

typedef struct pg_rgb {
    uint8_t red, green, blue;
} pg_rgb;

void pg_canvas_fill(pg_image *canvas, int left, int top, int width, int height, pg_rgb colour);

/* The outline, one pixel wide, inside the given rectangle. */
void pg_canvas_frame(pg_image *canvas, int left, int top, int width, int height, pg_rgb colour);

/* Height of capitals and digits, and the width of a text, in pixels at scale 1. */
int pg_text_height(void);
int pg_text_width(const char *text);

/* Draws ASCII text at an integer scale. left and top are the corner of its box. */
void pg_canvas_text(pg_image *canvas, int left, int top, int scale, const char *text,
                    pg_rgb colour);

#endif
