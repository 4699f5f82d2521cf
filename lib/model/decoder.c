#include "model/decoder.h"

#include "model/likelihood.h"

static const pg_decoder *const decoders[] = {
    [PG_DECODER_PIXELCNN] = &pg_decoder_pixelcnn,
    [PG_DECODER_FACTORISED] = &pg_decoder_factorised,
};

const pg_decoder *pg_decoder_find(pg_decoder_kind kind)
{
    return (size_t)kind < sizeof decoders / sizeof *decoders ? decoders[kind] : NULL;
}

size_t pg_decoder_outputs(const pg_config *config)
{
    return (size_t)config->height * config->width *
           pg_likelihood_find(config->likelihood)->outputs(config);
}
