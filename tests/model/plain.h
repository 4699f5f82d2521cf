/* The networks around the PixelCNN in plain loops, sums in double: what the library must compute.
 */
#ifndef TESTS_MODEL_PLAIN_H
#define TESTS_MODEL_PLAIN_H

#include "model/discriminator.h"
#include "model/encoder.h"
#include "model/upsampler.h"

/* outputs (rows x outputs) of images (rows x H x W x C). training: normalised by the batch. */
void plain_encoder(const pg_encoder *net, const pg_parameters *p, size_t rows, bool training,
                   const float *images, double *outputs);

/* One logit a code. */
void plain_discriminator(const pg_discriminator *net, const pg_parameters *p, size_t rows,
                         const float *codes, double *logits);

/* maps: rows x H x W x outputs. */
void plain_upsampler(const pg_upsampler *net, const pg_parameters *p, size_t rows,
                     const float *codes, double *maps);

/* y (rows x n) = x (rows x k) w (k x n) + bias (NULL: 0) */
void plain_dense(size_t rows, int n, int k, const double *x, const float *w, const float *bias,
                 double *y);

/* A double copy; release with free(). */
double *widened(const float *from, size_t count);

#endif
