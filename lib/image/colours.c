#include <config.h>

#include "pixelgan/image.h"

#include <string.h>

/* Chosen by maximising the smallest distance in Oklab (Ottosson 2020) between
 * any two, to white and to the grey of unlabelled points, for normal vision and
 * for simulated protanopia and deuteranopia (Machado, Oliveira & Fernandes 2009). */
static const uint8_t class_colours[12][3] = {
    {0, 153, 255},  {221, 204, 0},  {0, 68, 0},      {255, 51, 187}, {51, 170, 0},  {119, 0, 255},
    {68, 221, 255}, {153, 68, 119}, {255, 170, 170}, {0, 0, 187},    {119, 102, 0}, {85, 17, 102}};
static const uint8_t unlabelled_colour[3] = {150, 150, 150};

void pg_image_class_colour(int label, uint8_t rgb[3])
{
    memcpy(rgb, label < 0 ? unlabelled_colour : class_colours[label % 12], 3);
}
