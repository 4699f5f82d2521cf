/* Sampling: draws images from codes, in one incremental pass per image.
 *
 * Promise: a drawn image follows p(x|z) exactly. Each new pixel computes only its own features and
 * takes the rest from cached rows.
 */
#ifndef PIXELGAN_SAMPLE_H
#define PIXELGAN_SAMPLE_H

#include <pixelgan/model.h>
#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pg_sampler pg_sampler;

/* threads 0: all cores. The sampler borrows the model. */
PG_API pg_status pg_sampler_create(const pg_model *model, int threads, uint64_t seed,
                                   pg_sampler **sampler, pg_error *err) PG_MUST_CHECK;
PG_API void pg_sampler_free(pg_sampler *sampler);

typedef struct pg_sample_request {
    size_t count;
    const float *codes;   /* count x code_dim, or NULL if the model has no code */
    const uint8_t *given; /* images to complete, count x H x W x C, or NULL */
    int given_rows;       /* rows 0 .. given_rows-1 are copied from them, the rest is sampled */
    float temperature;    /* divides the logits; 1 is the model's own distribution */
    bool mean;            /* return the expectation of each pixel; later pixels see the draw */
} pg_sample_request;

/* images: count x H x W x C bytes; logits (count x H x W x outputs) may be NULL. */
PG_API pg_status pg_sampler_run(pg_sampler *sampler, const pg_sample_request *request,
                                uint8_t *images, float *logits, pg_error *err) PG_MUST_CHECK;

/* Draws count codes from the model's prior (one-hot for a categorical prior). category >= 0 fixes
 * the category or mixture component. */
PG_API pg_status pg_sampler_prior(pg_sampler *sampler, size_t count, int category, float *codes,
                                  pg_error *err) PG_MUST_CHECK;

/* Codes first to first + count - 1 of a grid of side x side codes, row by row, over the plane of a
 * two-dimensional prior. The first coordinate grows to the right, the second upwards. For N(0, I)
 * and flows, neighbours have equal probability between them; for a mixture, the grid is even. */
PG_API pg_status pg_sampler_plane(pg_sampler *sampler, int side, size_t first, size_t count,
                                  float *codes, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
