"""Compares modules of PyTorch with the tools: check_models.py MODEL IMAGES NLL [CODES].

NLL is what 'pg-encode --sample --nll' wrote of the images, CODES what it wrote without options."""
import sys

import numpy as np
import torch

import pixelgan

TOLERANCE = 1e-4


def error(got, expected):
    """The largest error; of numbers above 1 as a fraction of them. NaN stays."""
    return float(np.max(np.abs(got - expected) / np.maximum(1, np.abs(expected))))


def check(what, got, expected):
    got, expected = np.asarray(got, 'f8'), np.asarray(expected, 'f8')
    assert got.shape == expected.shape, (what, got.shape, expected.shape)
    assert error(got, expected) <= TOLERANCE, (what, error(got, expected))
    print(what, error(got, expected))


def dense(model, name, x):
    return x @ model.tensors[name + '.weight'] + model.tensors[name + '.bias']


def check_discriminator(model):
    """Against straight products, as no tool tells what a discriminator says."""
    inputs = model.tensors['discriminator.layer1.weight'].shape[0]
    x = np.random.default_rng(1).normal(size=(50, inputs))
    expected = x
    for i in (1, 2, 3):
        expected = dense(model, f'discriminator.layer{i}', np.maximum(expected, 0) if i > 1 else x)
    check('discriminator', model.discriminator()(torch.tensor(x).float()), expected)


def nats(model, image, codes):
    """-log p(image), or its bound, from modules: the code costs what the encoder's density at it
    is above the prior's."""
    code = None
    if model.has_encoder:
        code = torch.tensor(codes['code'])
    elif model.prior_name == 'label':
        code = torch.tensor(model.label_codes(codes['label']))
    result = model.decoder().nll(image, code)
    if model.has_encoder and model.word('posterior') == 'gaussian':
        mean, log_variance = model.encoder().posterior(image)
        posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
        result = result + posterior.log_prob(code).sum(1) - model.prior()(code)
    return result


@torch.no_grad()
def main(name, images, nll, codes=None):
    model, drawn = pixelgan.load(name), pixelgan.read(nll)
    image = pixelgan.images(pixelgan.read(images)['image'])
    check('nll', nats(model, image, drawn), drawn['nll'])
    if codes:
        check('codes', model.encoder()(image), pixelgan.read(codes)['code'])
    if model.word('pull') == 'gan':
        check_discriminator(model)


main(*sys.argv[1:])
