/* The models of the lineage as settings. A new one is an entry here. */
#include <string.h>

#include "pixelgan/train.h"

#define SETTINGS(...)                                                                              \
    (const pg_setting[])                                                                           \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

static const pg_preset presets[] = {
    /* van den Oord, Kalchbrenner & Kavukcuoglu 2016 */
    {"pixelcnn", "a PixelCNN without code",
     SETTINGS({"decoder", "pixelcnn"}, {"prior", "none"}, {"pull", "none"})},
    /* van den Oord et al. 2016 */
    {"conditional-pixelcnn", "a PixelCNN given the label",
     SETTINGS({"decoder", "pixelcnn"}, {"prior", "label:10"}, {"pull", "none"})},
    /* Kingma & Welling 2013 */
    {"vae", "variational autoencoder, pixels independent given the code",
     SETTINGS({"decoder", "factorised"}, {"prior", "gaussian:50"}, {"posterior", "gaussian"},
              {"pull", "kl"})},
    /* Makhzani et al. 2015 */
    {"aae", "adversarial autoencoder, pixels independent given the code",
     SETTINGS({"decoder", "factorised"}, {"prior", "gaussian:2"}, {"posterior", "deterministic"},
              {"pull", "gan"})},
    /* Gulrajani et al. 2016 */
    {"pixelvae", "variational autoencoder with a PixelCNN decoder",
     SETTINGS({"decoder", "pixelcnn"}, {"prior", "gaussian:32"}, {"posterior", "gaussian"},
              {"pull", "kl"})},
    /* Chen et al. 2017 */
    {"vlae", "the same with a learned prior and a decoder that sees little",
     SETTINGS({"decoder", "pixelcnn"}, {"prior", "flow:32"}, {"posterior", "gaussian"},
              {"pull", "kl"}, {"receptive_field", "9"}, {"free_bits", "0.01"})},
    /* Makhzani & Frey 2017 */
    {"pixelgan", "adversarial autoencoder with a PixelCNN decoder",
     SETTINGS({"decoder", "pixelcnn"}, {"prior", "categorical:30"}, {"posterior", "noise"},
              {"pull", "gan"})},
};

enum { PRESETS = sizeof presets / sizeof *presets };

const pg_preset *pg_preset_at(int i)
{
    return i >= 0 && i < PRESETS ? &presets[i] : NULL;
}

const pg_preset *pg_preset_find(const char *name)
{
    for (int i = 0; i < PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0) return &presets[i];
    return NULL;
}
