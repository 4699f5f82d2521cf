#!/usr/bin/env python3
"""Reference numbers for tests/reference/reference.c, computed with PyTorch in double precision.

Run by hand where the model itself changes (needs torch, numpy and safetensors):

    python3 tests/reference/make-reference.py tests/reference

It writes one file a system: the configuration as metadata, images, weights, what one pass makes of
them, all gradients, and the losses of five steps of Adam. Nothing is drawn while training: there
is no noise on the encoder's input, images are black and white, and the discriminator stands still;
a Gaussian posterior is so narrow that its noise does not count. The prior's draws, against which
the discriminator's gradient is taken, are part of the file.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

IMAGES, HEIGHT, WIDTH = 8, 9, 7
FEATURES, BLOCKS, ENCODER_FEATURES, HIDDEN, DISCRIMINATOR_HIDDEN = 6, 2, 4, 10, 12
SLOTS, RADIUS = 2 * BLOCKS + 3, 3
RECONSTRUCTION_WEIGHT, LEARNING_RATE, STEPS = 70, 0.01, 5
# Residual block 2 of a receptive field of 13 has dilation 2.
FIELD, DILATIONS = 13, (1, 2)

SYSTEMS = {
    "categorical": dict(prior="categorical:3", posterior="deterministic", pull="gan",
                        condition="dependent", code=3),
    "gaussian": dict(prior="gaussian:2", posterior="deterministic", pull="gan",
                     condition="invariant", code=2),
    "gaussian-kl": dict(prior="gaussian:2", posterior="gaussian", pull="kl",
                        condition="invariant", code=2),
}
NORMS = ("conv1", "conv2", "conv3", "hidden")


# ---- Weights, as they are in a model file ----

def encoder_shapes(system):
    e, flat = ENCODER_FEATURES, 2 * 1 * 2 * ENCODER_FEATURES
    outputs = system["code"] * (2 if system["posterior"] == "gaussian" else 1)
    shapes = {"conv1.weight": (5, 5, 1, e), "conv2.weight": (5, 5, e, 2 * e),
              "conv3.weight": (3, 3, 2 * e, 2 * e), "hidden.weight": (flat, HIDDEN),
              "out.weight": (HIDDEN, outputs), "out.bias": (outputs,)}
    channels = dict(zip(NORMS, (e, 2 * e, 2 * e, HIDDEN)))
    if system["prior"].startswith("categorical"):
        channels["out"] = outputs
    for layer, count in channels.items():
        for part in ("gamma", "beta", "mean", "variance"):
            shapes[f"{layer}.norm.{part}"] = (count,)
    return {"encoder." + name: shape for name, shape in shapes.items()}


def decoder_shapes(system):
    c, r = FEATURES, RADIUS
    shapes = {"first.v.weight": (r, 2 * r + 1, 1, c), "first.h.weight": (1, r, 1, c),
              "first.vh.weight": (1, 1, c, c), "bias": (SLOTS, c),
              "code.weight": (system["code"], SLOTS * c),
              "out1.weight": (1, 1, c, c), "out2.weight": (1, 1, c, 1), "out2.bias": (1,)}
    if system["condition"] == "dependent":
        shapes["map.weight"] = (system["code"], HEIGHT * WIDTH * c)
    for block in range(1, BLOCKS + 1):
        shapes[f"block{block}.v.weight"] = (2, 3, c, c)
        shapes[f"block{block}.h.weight"] = (1, 2, c, c)
        for part in ("vh", "out_h") + (("out_v",) if block < BLOCKS else ()):
            shapes[f"block{block}.{part}.weight"] = (1, 1, c, c)
            if part != "vh":
                shapes[f"block{block}.{part}.bias"] = (c,)
    return {"decoder." + name: shape for name, shape in shapes.items()}


def discriminator_shapes(system):
    widths = (system["code"], DISCRIMINATOR_HIDDEN, DISCRIMINATOR_HIDDEN, 1)
    shapes = {}
    for i in range(3):
        shapes[f"discriminator.layer{i + 1}.weight"] = widths[i:i + 2]
        shapes[f"discriminator.layer{i + 1}.bias"] = widths[i + 1:i + 2]
    return shapes


def draw_weights(system, random):
    shapes = encoder_shapes(system) | decoder_shapes(system)
    if system["pull"] == "gan":
        shapes |= discriminator_shapes(system)
    weights = {}
    for name, shape in shapes.items():
        if name.endswith("norm.mean"):
            values = np.zeros(shape)
        elif name.endswith("norm.variance"):
            values = np.ones(shape)
        else:
            fan_in = np.prod(shape[:-1]) if len(shape) > 1 else 12
            values = random.uniform(-1, 1, shape) * np.sqrt(3 / fan_in)
            if name.endswith("gamma"):
                values += 1
        weights[name] = values.astype(np.float32)
    if system["posterior"] == "gaussian":  # deviations of exp(-30)
        weights["encoder.out.weight"][:, system["code"]:] = 0
        weights["encoder.out.bias"][system["code"]:] = -60
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in weights.items()}


# ---- The networks (batch x channels x rows x columns) ----

def convolve(x, weight, stride=1, dilation=1):
    return F.conv2d(x, weight.permute(3, 2, 0, 1), stride=stride, dilation=dilation)


def pad(x, top=0, left=0, right=0, bottom=0):
    return F.pad(x, (left, right, top, bottom))


def normalise(w, layer, x, training):
    return F.batch_norm(x, w[layer + ".norm.mean"], w[layer + ".norm.variance"],
                        w[layer + ".norm.gamma"], w[layer + ".norm.beta"], training)


def encode(w, system, images, training):
    x = images
    for i, taps in enumerate((5, 5, 3)):
        margin = taps // 2
        x = convolve(pad(x, margin, margin, margin, margin), w[f"encoder.conv{i + 1}.weight"], 2)
        x = torch.relu(normalise(w, f"encoder.conv{i + 1}", x, training))
    x = x.permute(0, 2, 3, 1).flatten(1) @ w["encoder.hidden.weight"]
    x = torch.relu(normalise(w, "encoder.hidden", x, training))
    x = x @ w["encoder.out.weight"] + w["encoder.out.bias"]
    if system["prior"].startswith("categorical"):
        return torch.softmax(normalise(w, "encoder.out", x, training), 1), x
    return x[:, :system["code"]], x


def decode(w, system, images, codes):
    def kernel(name):
        return w["decoder." + name]

    def at(slot):
        return biases[:, slot, :, None, None]

    biases = kernel("bias") + (codes @ kernel("code.weight")).view(-1, SLOTS, FEATURES)
    r = RADIUS
    v = convolve(pad(images, r, r, r), kernel("first.v.weight"))[:, :, :HEIGHT] + at(0)
    h = convolve(pad(images, 0, r), kernel("first.h.weight"))[:, :, :, :WIDTH]
    h = h + convolve(v, kernel("first.vh.weight")) + at(1)
    if system["condition"] == "dependent":
        places = (codes @ kernel("map.weight")).view(-1, HEIGHT, WIDTH, FEATURES)
        places = places.permute(0, 3, 1, 2)
        v, h = v + places, h + places
    for l, d in enumerate(DILATIONS):
        def of_block(part):
            return kernel(f"block{l + 1}.{part}")

        def to_stack(part, x):
            return convolve(x, of_block(part + ".weight")) + of_block(part + ".bias").view(-1, 1, 1)

        a = convolve(pad(torch.relu(v), d, d, d), of_block("v.weight"), dilation=d)
        a = torch.relu(a + at(2 + 2 * l))
        b = convolve(pad(torch.relu(h), 0, d), of_block("h.weight"), dilation=d)
        b = torch.relu(b + convolve(a, of_block("vh.weight")) + at(3 + 2 * l))
        if l + 1 < BLOCKS:
            v = v + to_stack("out_v", a)
        h = h + to_stack("out_h", b)
    u = torch.relu(convolve(torch.relu(h), kernel("out1.weight")) + at(SLOTS - 1))
    return convolve(u, kernel("out2.weight")) + kernel("out2.bias").view(-1, 1, 1)


def discriminate(w, codes):
    x = codes
    for i in range(3):
        x = x @ w[f"discriminator.layer{i + 1}.weight"] + w[f"discriminator.layer{i + 1}.bias"]
        if i < 2:
            x = torch.relu(x)
    return x[:, 0]


# ---- The objective: nats an image, means over the batch ----

def losses(w, system, images):
    codes, outputs = encode(w, system, images, True)
    logits = decode(w, system, images, codes)
    nll = F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / IMAGES
    adversarial = kl = torch.zeros((), dtype=torch.float64)
    if system["pull"] == "gan":
        adversarial = F.softplus(-discriminate(w, codes)).mean()
    if system["pull"] == "kl":
        mean, log_variance = outputs.chunk(2, 1)
        kl = (mean ** 2 + log_variance.exp() - 1 - log_variance).sum() / 2 / IMAGES
    total = RECONSTRUCTION_WEIGHT / (HEIGHT * WIDTH * np.log(2)) * (nll + kl) + adversarial
    return total, nll, adversarial, kl, codes, logits


def is_trained(name):
    return not name.endswith(("norm.mean", "norm.variance"))


def make_prior(system, random):
    if system["prior"].startswith("categorical"):
        return np.eye(system["code"])[random.randint(system["code"], size=IMAGES)]
    return random.standard_normal((IMAGES, system["code"])).astype(np.float32).astype(np.float64)


def run_steps(w, system, images, result):
    trained = [name for name in w if is_trained(name) and not name.startswith("discriminator")]
    for name in w:
        w[name].requires_grad_(is_trained(name))
    adam = torch.optim.Adam([w[name] for name in trained], lr=LEARNING_RATE)
    rows = []
    for step in range(STEPS):
        for value in w.values():
            value.grad = None
        total, nll, adversarial, kl, codes, logits = losses(w, system, images)
        total.backward()
        rows.append([nll.item(), adversarial.item(), kl.item()])
        if step == 0:
            result["codes"] = codes
            result["logits"] = logits.permute(0, 2, 3, 1)
            for name in trained:
                result["gradient/" + name] = w[name].grad.clone()
            for name in w:
                if not is_trained(name):
                    result["running/" + name] = w[name].clone()
            with torch.no_grad():
                result["codes_running"] = encode(w, system, images, False)[0].clone()
        adam.step()
    result["losses"] = torch.tensor(rows)


def discriminator_gradient(w, prior, codes, result):
    for value in w.values():
        value.grad = None
    loss = F.softplus(-discriminate(w, prior)).mean() + F.softplus(discriminate(w, codes)).mean()
    loss.backward()
    result["discriminator_loss"] = loss.reshape(1)
    for name in w:
        if name.startswith("discriminator"):
            result["gradient/" + name] = w[name].grad.clone()


def make(name, system, seed, folder):
    random = np.random.RandomState(seed)
    w = draw_weights(system, random)
    result = {"weight/" + key: value.clone() for key, value in w.items()}
    pictures = random.uniform(size=(IMAGES, HEIGHT, WIDTH, 1)) < 0.4
    images = torch.tensor(pictures, dtype=torch.float64).permute(0, 3, 1, 2)
    run_steps(w, system, images, result)
    if system["pull"] == "gan":
        for key in w:
            w[key] = result["weight/" + key].clone().requires_grad_(is_trained(key))
        prior = torch.tensor(make_prior(system, random), dtype=torch.float64)
        result["prior"] = prior
        discriminator_gradient(w, prior, result["codes"].detach(), result)
    arrays = {key: np.ascontiguousarray(value.detach().numpy(), dtype=np.float32)
              for key, value in result.items()}
    arrays["images"] = np.ascontiguousarray(pictures * 255, dtype=np.uint8)
    fields = {key: system[key] for key in ("prior", "posterior", "pull", "condition")}
    fields |= dict(height=HEIGHT, width=WIDTH, channels=1, features=FEATURES, blocks=BLOCKS,
                   receptive_field=FIELD, encoder_features=ENCODER_FEATURES, hidden=HIDDEN,
                   discriminator_hidden=DISCRIMINATOR_HIDDEN, likelihood="bernoulli")
    settings = dict(reconstruction_weight=RECONSTRUCTION_WEIGHT, learning_rate=LEARNING_RATE)
    metadata = {"model." + key: str(value) for key, value in fields.items()}
    metadata |= {"train." + key: str(value) for key, value in settings.items()}
    save_file(arrays, f"{folder}/good-{name}.safetensors", metadata)


if __name__ == "__main__":
    for seed, (name, system) in enumerate(SYSTEMS.items()):
        make(name, system, seed, sys.argv[1])
