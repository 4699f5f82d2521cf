/* Converts samples to 8 bits and composites transparent ones. */
#ifndef PG_IMAGE_SAMPLES_H
#define PG_IMAGE_SAMPLES_H

#include <stdint.h>

/* sample/maxval on the scale 0..255, rounded; maxval 1..65535, sample <= maxval. */
static inline uint8_t pg_sample_to_byte(uint32_t sample, uint32_t maxval)
{
    return (uint8_t)((sample * 255u + maxval / 2) / maxval);
}

/* A byte with opacity alpha on a background. */
static inline uint8_t pg_sample_on(uint8_t value, uint8_t alpha, uint8_t background)
{
    return pg_sample_to_byte((uint32_t)value * alpha + (uint32_t)background * (255u - alpha),
                             255u * 255u);
}

#endif
