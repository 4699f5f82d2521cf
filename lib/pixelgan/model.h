/* Models: what is trained, saved, loaded and applied.
 *
 * Promise: a model holds its configuration, its named parameters and its
 * metadata; a model file (safetensors) has everything needed to use it again.
 * The format is described in pg-model(5).
 */
#ifndef PIXELGAN_MODEL_H
#define PIXELGAN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pg_encoder_kind {
    PG_ENCODER_PLAIN,   /* convolutions one after the other */
    PG_ENCODER_RESIDUAL /* residual blocks */
} pg_encoder_kind;

typedef enum pg_decoder_kind { PG_DECODER_PIXELCNN, PG_DECODER_FACTORISED } pg_decoder_kind;

typedef enum pg_prior_kind {
    PG_PRIOR_NONE,        /* no code: plain PixelCNN */
    PG_PRIOR_GAUSSIAN,    /* N(0, I) of code_dim dimensions */
    PG_PRIOR_MIXTURE,     /* `components` 2-D Gaussians on a circle */
    PG_PRIOR_CATEGORICAL, /* uniform one-hot of `components` categories */
    PG_PRIOR_LABEL,       /* the label, one-hot: conditional PixelCNN */
    PG_PRIOR_FLOW         /* learned, code_dim dimensions: an autoregressive flow */
} pg_prior_kind;

typedef enum pg_posterior_kind {
    PG_POSTERIOR_DETERMINISTIC, /* z = f(x) */
    PG_POSTERIOR_GAUSSIAN,      /* z ~ N(mean(x), variance(x)) */
    PG_POSTERIOR_NOISE          /* z = f(warp(x) + noise): universal approximator */
} pg_posterior_kind;

typedef enum pg_pull_kind { PG_PULL_NONE, PG_PULL_GAN, PG_PULL_KL } pg_pull_kind;

typedef enum pg_condition_kind {
    PG_CONDITION_INVARIANT, /* a bias per feature map from the code */
    PG_CONDITION_DEPENDENT  /* that, and a map of features placed on the image */
} pg_condition_kind;

typedef enum pg_likelihood_kind {
    PG_LIKELIHOOD_AUTO,      /* bernoulli for images of one channel, logistic for others */
    PG_LIKELIHOOD_BERNOULLI, /* binary pixels; grey ones are probabilities of white */
    PG_LIKELIHOOD_SOFTMAX,   /* 256 levels, a logit each */
    PG_LIKELIHOOD_LOGISTIC   /* 256 levels, a discretised mixture of logistics */
} pg_likelihood_kind;

enum {
    PG_FIELD_FULL = -1, /* a receptive field of the whole image */
    PG_AUTO = -1        /* a depth or cell that follows from the size of the images */
};

/* Limits of an architecture. */
enum {
    PG_MAX_MIXTURES = 64,
    PG_MAX_BLOCKS = 64,
    PG_MAX_DEPTH = 12,
    PG_MAX_ENCODER_BLOCKS = 8,
    PG_MAX_FEATURES = 1024, /* maps of a convolution */
    PG_MAX_UNITS = 8192     /* of a fully connected layer */
};

/* What is done to an image before it is encoded; statistics are of the training set. */
typedef enum pg_normalize_kind {
    PG_NORMALIZE_AUTO,     /* contrast for categories of images with levels, none for others */
    PG_NORMALIZE_NONE,     /* byte/255 */
    PG_NORMALIZE_MEAN,     /* each channel's mean is subtracted */
    PG_NORMALIZE_STANDARD, /* that, and divided by its standard deviation */
    PG_NORMALIZE_CONTRAST  /* the image's own mean and standard deviation */
} pg_normalize_kind;

/* The architecture. Zero-initialise, call pg_config_defaults, change, check. */
typedef struct pg_config {
    int height, width, channels; /* of the images */
    pg_encoder_kind encoder;
    pg_decoder_kind decoder;
    pg_prior_kind prior;
    int code_dim;   /* dimensions of the code: D, 2 or K */
    int components; /* of a mixture; categories; 0 for gaussian and flow */
    pg_posterior_kind posterior;
    pg_pull_kind pull;
    pg_condition_kind condition;
    pg_likelihood_kind likelihood; /* a model made of auto has what it stands for */
    pg_normalize_kind normalize;
    int mixtures;         /* components of the logistic likelihood */
    int features;         /* feature maps of the decoder */
    int blocks;           /* residual blocks of the decoder */
    int receptive_field;  /* side of the square a pixel can see; odd; 0: what the blocks
                             give; PG_FIELD_FULL: all pixels before it */
    int map_cell;         /* side of the pixels that share a number of a category's map, between
                             which it is interpolated; a model made of PG_AUTO has the number */
    int encoder_depth;    /* how often the encoder halves the sides; or PG_AUTO, as for the next */
    int encoder_blocks;   /* of a residual encoder, a stage */
    int upsampler_depth;  /* and of its mirror, from the code to a map or an image */
    int encoder_features; /* maps of the first encoder convolution */
    int hidden;           /* units of the encoder's fully connected layer */
    int discriminator_hidden; /* units of each of its two hidden layers */
    int label_informed;       /* 1: it is told the component that the label stands for (mixture) */
    int flow_steps;           /* of a flow prior: affine autoregressive steps */
    int flow_hidden;          /* and units of each of their two hidden layers */
} pg_config;

PG_API void pg_config_defaults(pg_config *config);

/* Parses "gaussian:D", "mixture:K", "categorical:K", "flow:D", "none", "label:K" into
 * prior, code_dim and components. */
PG_API pg_status pg_config_parse_prior(pg_config *config, const char *text,
                                       pg_error *err) PG_MUST_CHECK;

/* Sets a field by the name it has in a model file ("blocks", "posterior", ...;
 * a dash counts as an underscore). PG_ERR_UNSUPPORTED: there is none of that name. */
PG_API pg_status pg_config_set(pg_config *config, const char *key, const char *value,
                               pg_error *err) PG_MUST_CHECK;

/* Name, one-line summary and value of the i-th field; NULL past the last. */
PG_API const char *pg_config_field(const pg_config *config, int i, const char **summary,
                                   char value[64]);

/* Checks every field and combination; the message names the field and the remedy. */
PG_API pg_status pg_config_check(const pg_config *config, pg_error *err) PG_MUST_CHECK;

/* What a model of this configuration has, of one that pg_config_check accepts. */
PG_API bool pg_config_has_code(const pg_config *config);         /* every prior but none */
PG_API bool pg_config_code_is_discrete(const pg_config *config); /* one of K */
PG_API bool pg_config_code_is_label(const pg_config *config);    /* one of K, and given */
PG_API bool pg_config_has_encoder(const pg_config *config);      /* codes come from images */
PG_API bool pg_config_has_categories(const pg_config *config);   /* and are one of K */

/* Nats an image as bits a channel of a pixel. */
PG_API double pg_config_bits_per_dimension(const pg_config *config, double nats);

typedef struct pg_model pg_model;

/* A fresh model: weights drawn from seed, uniform in +-1/sqrt(fan in) (LeCun et al. 1998,
 * "Efficient BackProp", sec. 4.6, up to a factor); biases 0. */
PG_API pg_status pg_model_create(const pg_config *config, uint64_t seed, pg_model **model,
                                 pg_error *err) PG_MUST_CHECK;
/* "-" is standard input. */
PG_API pg_status pg_model_load(const char *path, pg_model **model, pg_error *err) PG_MUST_CHECK;
/* Written to a temporary file, synced and renamed; "-" is standard output. */
PG_API pg_status pg_model_save(const pg_model *model, const char *path,
                               pg_error *err) PG_MUST_CHECK;
PG_API void pg_model_free(pg_model *model);

PG_API const pg_config *pg_model_config(const pg_model *model);

/* Metadata strings by key ("seed", "epochs", "command", "classes",
 * "cluster_labels", ...). get returns NULL where the key is absent. */
PG_API const char *pg_model_get(const pg_model *model, const char *key);
PG_API pg_status pg_model_set(pg_model *model, const char *key, const char *value,
                              pg_error *err) PG_MUST_CHECK;

/* Classes of a model trained with labels: label value of each category, and
 * their number (0 where it was trained without). */
PG_API int pg_model_classes(const pg_model *model, const int32_t **labels);
/* Labels as one-hot codes (count x code_dim) for a model whose code is the label. */
PG_API pg_status pg_model_label_codes(const pg_model *model, const int32_t *labels, size_t count,
                                      float *codes, pg_error *err) PG_MUST_CHECK;
/* Labels given to clusters from a reference (count = components, -1: none known), or 0. */
PG_API int pg_model_cluster_labels(const pg_model *model, const int32_t **labels);
PG_API pg_status pg_model_set_cluster_labels(pg_model *model, const int32_t *labels, int count,
                                             pg_error *err) PG_MUST_CHECK;

/* What people call the categories: a name each, or NULL; several may share one. A name is UTF-8
 * without control characters, and not "-". */
enum { PG_MAX_CATEGORY_NAME = 255 }; /* bytes */

typedef struct pg_category_names {
    char **list;
    int count; /* categories */
} pg_category_names;

/* All NULL; and one of them, which "" takes away. */
PG_API pg_status pg_category_names_init(pg_category_names *names, int count,
                                        pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_category_names_set(pg_category_names *names, int category, const char *name,
                                       pg_error *err) PG_MUST_CHECK;
PG_API bool pg_category_names_any(const pg_category_names *names);
PG_API void pg_category_names_free(pg_category_names *names);

/* Adds those of a text file ("-": standard input): lines of category, tab and name. Categories that
 * are not there, or there twice, are errors; those left out keep their names. */
PG_API pg_status pg_category_names_read(pg_category_names *names, const char *path,
                                        pg_error *err) PG_MUST_CHECK;

/* Those that a model keeps; names is initialised by the call. */
PG_API pg_status pg_model_category_names(const pg_model *model, pg_category_names *names,
                                         pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_model_set_category_names(pg_model *model, const pg_category_names *names,
                                             pg_error *err) PG_MUST_CHECK;

/* Named parameters, for inspection: i-th name, shape (rank <= 4) and data. */
typedef struct pg_tensor_view {
    const char *name;
    int rank;
    int shape[4];
    size_t count;
    float *data;
} pg_tensor_view;
PG_API int pg_model_tensor_count(const pg_model *model);
PG_API pg_tensor_view pg_model_tensor(const pg_model *model, int i);
/* false where there is no tensor of that name. */
PG_API bool pg_model_find(const pg_model *model, const char *name, pg_tensor_view *view);

/* ---- Applying a model: an engine is a model with threads and memory planned. ---- */

typedef struct pg_engine pg_engine;

/* threads 0: all cores; as many as the system grants. The engine borrows the model, which must
 * outlive it. */
PG_API pg_status pg_engine_create(const pg_model *model, int threads, uint64_t seed,
                                  pg_engine **engine, pg_error *err) PG_MUST_CHECK;
PG_API void pg_engine_free(pg_engine *engine);

/* What is drawn for an image depends on the engine's seed and on the image's number: `first` is
 * that of the first of a call. Results do not depend on threads, nor on how images are divided
 * into calls. */

/* Codes of count images (count x H x W x C bytes): count x code_dim floats,
 * category probabilities for a categorical prior. With sampled, the posterior
 * is sampled (gaussian: mean + deviation * noise), else its mean is taken. */
PG_API pg_status pg_engine_encode(pg_engine *engine, const uint8_t *images, uint64_t first,
                                  size_t count, bool sampled, float *codes,
                                  pg_error *err) PG_MUST_CHECK;

/* -log p(x|z) of count images given codes (NULL where the model has none), in
 * nats. Grey images are binarised by draws. */
PG_API pg_status pg_engine_nll(pg_engine *engine, const uint8_t *images, const float *codes,
                               uint64_t first, size_t count, float *nll,
                               pg_error *err) PG_MUST_CHECK;

/* The decoder's outputs by one full teacher-forced pass, count x H x W x outputs
 * (Bernoulli: one logit a channel). Images are taken as they are, without draws. */
PG_API pg_status pg_engine_logits(pg_engine *engine, const uint8_t *images, const float *codes,
                                  size_t count, float *logits, pg_error *err) PG_MUST_CHECK;

/* ---- How likely images are: what a model can say about -log p(x). ---- */

typedef enum pg_nll_kind {
    PG_NLL_EXACT,      /* -log p(x): no code */
    PG_NLL_LABEL,      /* -log p(x|label), exact */
    PG_NLL_BOUND,      /* pg_engine_bound, which p(x) does not exceed */
    PG_NLL_CONDITIONAL /* -log p(x|z) only, z from the encoder: leaves out what z costs */
} pg_nll_kind;

PG_API pg_nll_kind pg_config_nll_kind(const pg_config *config);

/* Means and log variances, count x (code_dim + code_dim), of Gaussian posteriors. */
PG_API pg_status pg_engine_posterior(pg_engine *engine, const uint8_t *images, size_t count,
                                     float *posteriors, pg_error *err) PG_MUST_CHECK;

/* log p(z) in nats of count codes, for a prior with a density (a continuous one). */
PG_API pg_status pg_engine_log_prior(pg_engine *engine, const float *codes, size_t count,
                                     double *nats, pg_error *err) PG_MUST_CHECK;

/* Upper bound of -log p(x) in nats by importance sampling (Burda et al. 2016,
 * "Importance weighted autoencoders", sec. 3), `samples` codes of each image's
 * Gaussian posterior: -log of the mean of p(x|z) p(z) / q(z|x). With one sample
 * it is the variational bound. conditional (may be NULL): mean of -log p(x|z). */
PG_API pg_status pg_engine_bound(pg_engine *engine, const uint8_t *images, uint64_t first,
                                 size_t count, int samples, float *nll, float *conditional,
                                 pg_error *err) PG_MUST_CHECK;

/* How much the decoder learns from codes, in nats: mean over the images of
 * log p(x|z)^t - log mean over all count codes z' of p(x|z')^t, the greatest over
 * powers t from 1 down to 0. A lower bound of I(x;z) that is at most log count
 * (van den Oord et al. 2018, "Contrastive predictive coding", sec. 2.3; Poole et
 * al. 2019, sec. 2.3). Takes count * count passes of the decoder. */
PG_API pg_status pg_engine_contrast(pg_engine *engine, const uint8_t *images, const float *codes,
                                    uint64_t first, size_t count, double *information,
                                    pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
