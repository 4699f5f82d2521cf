/* Models: create, save, load and apply them.
 *
 * Promise: a model holds its configuration, its named parameters and its metadata. A model file
 * (safetensors) contains everything needed to use the model again. pg-model(5) describes the
 * format.
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
    PG_PRIOR_FLOW         /* learned: an autoregressive flow of code_dim dimensions */
} pg_prior_kind;

typedef enum pg_posterior_kind {
    PG_POSTERIOR_DETERMINISTIC, /* z = f(x) */
    PG_POSTERIOR_GAUSSIAN,      /* z ~ N(mean(x), variance(x)) */
    PG_POSTERIOR_NOISE          /* z = f(warp(x) + noise): universal approximator */
} pg_posterior_kind;

/* How codes are made to follow the prior: not at all, by a discriminator, or by KL divergence. */
typedef enum pg_pull_kind { PG_PULL_NONE, PG_PULL_GAN, PG_PULL_KL } pg_pull_kind;

typedef enum pg_condition_kind {
    PG_CONDITION_INVARIANT, /* a bias per feature map from the code */
    PG_CONDITION_DEPENDENT  /* that bias, and a spatial map of features from the code */
} pg_condition_kind;

typedef enum pg_likelihood_kind {
    PG_LIKELIHOOD_AUTO,      /* bernoulli for images with one channel, else logistic */
    PG_LIKELIHOOD_BERNOULLI, /* binary pixels; a grey level is the probability of white */
    PG_LIKELIHOOD_SOFTMAX,   /* 256 levels, one logit per level */
    PG_LIKELIHOOD_LOGISTIC   /* 256 levels, a discretised mixture of logistics */
} pg_likelihood_kind;

enum {
    PG_FIELD_FULL = -1, /* the receptive field covers the whole image */
    PG_AUTO = -1        /* derive the depth or cell from the size of the images */
};

/* Limits of an architecture. */
enum {
    PG_MAX_MIXTURES = 64,
    PG_MAX_BLOCKS = 64,
    PG_MAX_DEPTH = 12,
    PG_MAX_ENCODER_BLOCKS = 8,
    PG_MAX_FEATURES = 1024, /* feature maps of a convolution */
    PG_MAX_UNITS = 8192     /* units of a fully connected layer */
};

/* How an image is normalised before it is encoded. */
typedef enum pg_normalize_kind {
    PG_NORMALIZE_AUTO, /* contrast if the code is a category and pixels have levels; else none */
    PG_NORMALIZE_NONE, /* byte/255 */
    PG_NORMALIZE_MEAN, /* subtract the mean of each channel over the training set */
    PG_NORMALIZE_STANDARD, /* also divide by its standard deviation over the training set */
    PG_NORMALIZE_CONTRAST  /* use the mean and standard deviation of the image itself */
} pg_normalize_kind;

/* The architecture. Zero-initialise it, call pg_config_defaults, change fields, then call
 * pg_config_check. */
typedef struct pg_config {
    int height, width, channels; /* of the images */
    pg_encoder_kind encoder;
    pg_decoder_kind decoder;
    pg_prior_kind prior;
    int code_dim;   /* dimensions of the code: D, 2 or K */
    int components; /* mixture components or categories; 0 for gaussian and flow */
    pg_posterior_kind posterior;
    pg_pull_kind pull;
    pg_condition_kind condition;
    pg_likelihood_kind likelihood; /* in a model, auto is resolved */
    pg_normalize_kind normalize;
    int mixtures;             /* components of the logistic likelihood */
    int features;             /* feature maps of the decoder */
    int blocks;               /* residual blocks of the decoder */
    int receptive_field;      /* side of the square a pixel can see, odd; 0: as the blocks give;
                                 PG_FIELD_FULL: all preceding pixels */
    int map_cell;             /* side, in pixels, of a cell of a category's map; the map is
                                 interpolated between cells; in a model, PG_AUTO is resolved */
    int encoder_depth;        /* how often the encoder halves the sides; or PG_AUTO */
    int encoder_blocks;       /* blocks per stage of a residual encoder */
    int upsampler_depth;      /* how often the upsampler, from a code to a map or an image, doubles
                                 the sides; or PG_AUTO */
    int encoder_features;     /* feature maps of the first encoder convolution */
    int hidden;               /* units of the encoder's fully connected layer */
    int discriminator_hidden; /* units in each of the discriminator's two hidden layers */
    int label_informed;       /* 1: the discriminator also sees the mixture component that belongs
                                 to the label */
    int flow_steps;           /* affine autoregressive steps of a flow prior */
    int flow_hidden;          /* units in each of the two hidden layers of a step */
} pg_config;

PG_API void pg_config_defaults(pg_config *config);

/* Parses "gaussian:D", "mixture:K", "categorical:K", "flow:D", "none", "label:K" into
 * prior, code_dim and components. */
PG_API pg_status pg_config_parse_prior(pg_config *config, const char *text,
                                       pg_error *err) PG_MUST_CHECK;

/* Sets a field by its name in a model file ("blocks", "posterior", ...; a dash counts as an
 * underscore). PG_ERR_UNSUPPORTED: no field has that name. */
PG_API pg_status pg_config_set(pg_config *config, const char *key, const char *value,
                               pg_error *err) PG_MUST_CHECK;

/* Name, one-line summary and value of field i; NULL past the last. */
PG_API const char *pg_config_field(const pg_config *config, int i, const char **summary,
                                   char value[64]);

/* Checks every field and combination; the message names the field and the remedy. */
PG_API pg_status pg_config_check(const pg_config *config, pg_error *err) PG_MUST_CHECK;

/* Properties of a configuration that pg_config_check accepts. */
PG_API bool pg_config_has_code(const pg_config *config);         /* any prior except none */
PG_API bool pg_config_code_is_discrete(const pg_config *config); /* one of K */
PG_API bool pg_config_code_is_label(const pg_config *config);    /* one of K, given as a label */
PG_API bool pg_config_has_encoder(const pg_config *config);      /* codes come from images */
PG_API bool pg_config_has_categories(const pg_config *config);   /* an encoder, and one of K */

/* Converts nats per image to bits per dimension (per channel of a pixel). */
PG_API double pg_config_bits_per_dimension(const pg_config *config, double nats);

typedef struct pg_model pg_model;

/* Creates an untrained model. Weights are drawn from seed, uniform in +-1/sqrt(fan in) (LeCun et
 * al. 1998, "Efficient BackProp", sec. 4.6, up to a factor); biases are 0. */
PG_API pg_status pg_model_create(const pg_config *config, uint64_t seed, pg_model **model,
                                 pg_error *err) PG_MUST_CHECK;
/* "-" is standard input. */
PG_API pg_status pg_model_load(const char *path, pg_model **model, pg_error *err) PG_MUST_CHECK;
/* Writes to a temporary file, syncs and renames it. "-" is standard output. */
PG_API pg_status pg_model_save(const pg_model *model, const char *path,
                               pg_error *err) PG_MUST_CHECK;
PG_API void pg_model_free(pg_model *model);

PG_API const pg_config *pg_model_config(const pg_model *model);

/* Metadata strings by key ("seed", "epochs", "command", "classes", "cluster_labels", ...).
 * pg_model_get returns NULL if the key is absent. */
PG_API const char *pg_model_get(const pg_model *model, const char *key);
PG_API pg_status pg_model_set(pg_model *model, const char *key, const char *value,
                              pg_error *err) PG_MUST_CHECK;

/* Classes of a model that was trained with labels: the label of each category. Returns the number
 * of classes; 0 if the model was trained without labels. */
PG_API int pg_model_classes(const pg_model *model, const int32_t **labels);
/* Converts labels to one-hot codes (count x code_dim), for a model whose code is the label. */
PG_API pg_status pg_model_label_codes(const pg_model *model, const int32_t *labels, size_t count,
                                      float *codes, pg_error *err) PG_MUST_CHECK;
/* The labels that clusters were given from a reference; -1: unknown. Returns their number, which
 * equals components, or 0 if there are none. */
PG_API int pg_model_cluster_labels(const pg_model *model, const int32_t **labels);
PG_API pg_status pg_model_set_cluster_labels(pg_model *model, const int32_t *labels, int count,
                                             pg_error *err) PG_MUST_CHECK;

/* Names of the categories. Each category has one name or NULL; several may share a name. A name is
 * UTF-8 without control characters, and not "-". */
enum { PG_MAX_CATEGORY_NAME = 255 }; /* bytes */

typedef struct pg_category_names {
    char **list;
    int count; /* categories */
} pg_category_names;

/* Makes a list in which all names are NULL. */
PG_API pg_status pg_category_names_init(pg_category_names *names, int count,
                                        pg_error *err) PG_MUST_CHECK;
/* Sets the name of a category; "" removes it. */
PG_API pg_status pg_category_names_set(pg_category_names *names, int category, const char *name,
                                       pg_error *err) PG_MUST_CHECK;
PG_API bool pg_category_names_any(const pg_category_names *names);
PG_API void pg_category_names_free(pg_category_names *names);

/* Adds the names in a text file ("-": standard input) with lines of category, tab and name. A
 * category that does not exist or is listed twice is an error. Categories that are not listed keep
 * their names. */
PG_API pg_status pg_category_names_read(pg_category_names *names, const char *path,
                                        pg_error *err) PG_MUST_CHECK;

/* The names stored in a model. pg_model_category_names initialises names. */
PG_API pg_status pg_model_category_names(const pg_model *model, pg_category_names *names,
                                         pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_model_set_category_names(pg_model *model, const pg_category_names *names,
                                             pg_error *err) PG_MUST_CHECK;

/* Named parameters, for inspection: name, shape (rank <= 4) and data of tensor i. */
typedef struct pg_tensor_view {
    const char *name;
    int rank;
    int shape[4];
    size_t count;
    float *data;
} pg_tensor_view;
PG_API int pg_model_tensor_count(const pg_model *model);
PG_API pg_tensor_view pg_model_tensor(const pg_model *model, int i);
/* False if no tensor has that name. */
PG_API bool pg_model_find(const pg_model *model, const char *name, pg_tensor_view *view);

/* ---- Applying a model. An engine adds threads and working memory to a model. ---- */

typedef struct pg_engine pg_engine;

/* threads 0: all cores. The engine uses as many threads as the system grants. It borrows the model,
 * which must outlive it. */
PG_API pg_status pg_engine_create(const pg_model *model, int threads, uint64_t seed,
                                  pg_engine **engine, pg_error *err) PG_MUST_CHECK;
PG_API void pg_engine_free(pg_engine *engine);

/* Random draws for an image depend only on the engine's seed and on the number of the image.
 * `first` is the number of the first image of a call. Results do not depend on the number of
 * threads, nor on how images are divided among calls. */

/* Encodes count images (count x H x W x C bytes) to count x code_dim floats; for a categorical
 * prior these are category probabilities. If sampled is set, the code is drawn from the posterior
 * (gaussian: mean + deviation * noise), else it is the mean. */
PG_API pg_status pg_engine_encode(pg_engine *engine, const uint8_t *images, uint64_t first,
                                  size_t count, bool sampled, float *codes,
                                  pg_error *err) PG_MUST_CHECK;

/* -log p(x|z) in nats of count images, given their codes (NULL if the model has none). Grey images
 * are binarised by random draws. */
PG_API pg_status pg_engine_nll(pg_engine *engine, const uint8_t *images, const float *codes,
                               uint64_t first, size_t count, float *nll,
                               pg_error *err) PG_MUST_CHECK;

/* The decoder's outputs from one full teacher-forced pass, count x H x W x outputs (Bernoulli: one
 * logit per channel). Images are not binarised. */
PG_API pg_status pg_engine_logits(pg_engine *engine, const uint8_t *images, const float *codes,
                                  size_t count, float *logits, pg_error *err) PG_MUST_CHECK;

/* ---- Likelihood of images ---- */

/* The quantity that a model can compute in place of -log p(x). */
typedef enum pg_nll_kind {
    PG_NLL_EXACT,      /* -log p(x) itself: the model has no code */
    PG_NLL_LABEL,      /* -log p(x|label), exact */
    PG_NLL_BOUND,      /* an upper bound of -log p(x), by pg_engine_bound */
    PG_NLL_CONDITIONAL /* -log p(x|z) with z from the encoder; omits the cost of z */
} pg_nll_kind;

PG_API pg_nll_kind pg_config_nll_kind(const pg_config *config);

/* Means and log variances of Gaussian posteriors, count x (code_dim + code_dim). */
PG_API pg_status pg_engine_posterior(pg_engine *engine, const uint8_t *images, size_t count,
                                     float *posteriors, pg_error *err) PG_MUST_CHECK;

/* log p(z) in nats of count codes, for a continuous prior. */
PG_API pg_status pg_engine_log_prior(pg_engine *engine, const float *codes, size_t count,
                                     double *nats, pg_error *err) PG_MUST_CHECK;

/* Upper bound of -log p(x) in nats by importance sampling (Burda et al. 2016, "Importance weighted
 * autoencoders", sec. 3): -log of the mean of p(x|z) p(z) / q(z|x) over `samples` codes drawn from
 * the Gaussian posterior of each image. With one sample it is the variational bound. conditional
 * (may be NULL) receives the mean of -log p(x|z). */
PG_API pg_status pg_engine_bound(pg_engine *engine, const uint8_t *images, uint64_t first,
                                 size_t count, int samples, float *nll, float *conditional,
                                 pg_error *err) PG_MUST_CHECK;

/* How much the codes tell the decoder, in nats: the mean over the images of
 * log p(x|z)^t - log mean over all count codes z' of p(x|z')^t, maximised over powers t from 0 to
 * 1. It is a lower bound of I(x;z), at most log count (van den Oord et al. 2018, "Contrastive
 * predictive coding", sec. 2.3; Poole et al. 2019, sec. 2.3). Takes count * count decoder passes.
 */
PG_API pg_status pg_engine_contrast(pg_engine *engine, const uint8_t *images, const float *codes,
                                    uint64_t first, size_t count, double *information,
                                    pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
