"""Computes what a model says of images, from pg-model(5) alone and without a line of pixelgan's:

    read_model.py MODEL IMAGES ENCODED

ENCODED is what pg-encode --nll wrote for these images, whose codes and likelihoods are compared.
Images are black and white where the likelihood is bernoulli, so that nothing is drawn.
"""

import json
import sys

import numpy as np


def read_model(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    settings = header.pop("__metadata__")
    body = data[8 + length:]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(body[begin:end], "<f4").astype(np.float64)
        tensors[name] = values.reshape(entry["shape"])
    return settings, tensors


def relu(x):
    return np.maximum(x, 0)


def convolve(x, weight, stride=1, top=0, left=0, dilation=1, sides=None):
    """x: rows, columns, maps."""
    rows, columns, inputs, outputs = weight.shape
    height, width = sides or [(side + stride - 1) // stride for side in x.shape[:2]]
    y = np.zeros((height, width, outputs))
    for v in range(height):
        for u in range(width):
            for r in range(rows):
                for c in range(columns):
                    at = v * stride - top + r * dilation, u * stride - left + c * dilation
                    if 0 <= at[0] < x.shape[0] and 0 <= at[1] < x.shape[1]:
                        y[v, u] += x[at] @ weight[r, c]
    return y


def transpose(x, weight, bias, sides):
    y = np.zeros(sides + (weight.shape[2],)) + bias
    for v in range(x.shape[0]):
        for u in range(x.shape[1]):
            for r in range(5):
                for c in range(5):
                    at = 2 * v - 2 + r, 2 * u - 2 + c
                    if 0 <= at[0] < sides[0] and 0 <= at[1] < sides[1]:
                        y[at] += weight[r, c] @ x[v, u]
    return y


class Model:
    def __init__(self, path):
        self.settings, self.tensors = read_model(path)
        self.sides = int(self.settings["height"]), int(self.settings["width"])
        self.channels = int(self.settings["channels"])
        self.prior, _, size = self.settings["prior"].partition(":")
        self.discrete = self.prior in ("categorical", "label")
        self.code = 2 if self.prior == "mixture" else int(size or 0)

    def number(self, key):
        return int(self.settings[key])

    def get(self, name):
        return self.tensors[name]

    # ---- Encoder ----

    def normalise(self, name, x):
        gamma, beta, mean, variance = (
            self.get(f"encoder.{name}.norm.{part}") for part in ("gamma", "beta", "mean", "variance"))
        return gamma * (x - mean) / np.sqrt(variance + 0.00001) + beta

    def layer(self, name, x, stride):
        weight = self.get(f"encoder.{name}.weight")
        padding = {5: 2, 3: 1, 1: 0}[weight.shape[0]]
        return self.normalise(name, convolve(x, weight, stride, padding, padding))

    def block(self, stage, block, x):
        name = f"stage{stage}.block{block}"
        stride = 2 if block == 1 else 1
        y = relu(self.layer(name + ".conv1", x, stride))
        y = self.layer(name + ".conv2", y, 1)
        return relu(y + (self.layer(name + ".shortcut", x, 2) if block == 1 else x))

    def prepare(self, image):
        x, kind = image / 255.0, self.settings["normalize"]
        if kind in ("mean", "standard"):
            x = x - self.get("encoder.input.mean")
        if kind == "standard":
            x = x / self.get("encoder.input.deviation")
        if kind == "contrast":
            x = (x - x.mean()) / np.sqrt(x.var() + 10 / 255 ** 2)
        return x

    def encode(self, image):
        x, depth = self.prepare(image), self.number("encoder_depth")
        x = relu(self.layer("conv1", x, 2))
        for i in range(2, depth + 1):
            if self.settings["encoder"] == "plain":
                x = relu(self.layer(f"conv{i}", x, 2))
            else:
                for block in range(1, self.number("encoder_blocks") + 1):
                    x = self.block(i, block, x)
        x = relu(self.normalise("hidden", x.reshape(-1) @ self.get("encoder.hidden.weight")))
        x = x @ self.get("encoder.out.weight") + self.get("encoder.out.bias")
        if not self.discrete:
            return x[:self.code]  # means, where there are variances as well
        x = np.exp(self.normalise("out", x))
        return x / x.sum()

    # ---- Decoder ----

    def upsample(self, prefix, code):
        depth, sides = self.number("upsampler_depth"), [self.sides]
        for _ in range(depth):
            sides.append(tuple((side + 1) // 2 for side in sides[-1]))
        x = code
        for i in (1, 2):
            x = relu(x @ self.get(f"{prefix}.dense{i}.weight") + self.get(f"{prefix}.dense{i}.bias"))
        x = x.reshape(sides[-1] + (-1,))
        for i in range(1, depth + 1):
            x = transpose(x, self.get(f"{prefix}.conv{i}.weight"), self.get(f"{prefix}.conv{i}.bias"),
                          sides[depth - i])
            x = relu(x) if i < depth else x
        return x

    def cells_to_pixels(self, cells, axis):
        side, cell, count = self.sides[axis], self.number("map_cell"), cells.shape[axis]
        at = np.clip((np.arange(side) + 0.5) / cell - 0.5, 0, count - 1)
        first = np.floor(at).astype(int)
        part = np.expand_dims(at - first, tuple(a for a in range(3) if a != axis))
        second = np.minimum(first + 1, count - 1)
        return (1 - part) * cells.take(first, axis) + part * cells.take(second, axis)

    def map(self, code):
        if self.settings["condition"] != "dependent" or not self.code:
            return 0
        if not self.discrete:
            return self.upsample("decoder.map", code)
        cell = self.number("map_cell")
        cells = (code @ self.get("decoder.map.weight")).reshape(
            [-(-side // cell) for side in self.sides] + [-1])
        return self.cells_to_pixels(self.cells_to_pixels(cells, 0), 1)

    def reach(self):
        """The radius of the first layer, and the dilation of each block, 0 for the pixel alone."""
        field, blocks = self.settings["receptive_field"], self.number("blocks")
        if field == "0":
            return 3, [1] * blocks
        radius = max(max(self.sides) - 1, 1) if field == "full" else int(field) // 2
        first = min(radius, 3)
        left, reached, dilations = radius - first, first, []
        if left <= blocks:
            return first, [1] * left + [0] * (blocks - left)
        for i in range(blocks):
            d = left // (blocks - i)
            d = d if i == blocks - 1 else min(d, reached)
            dilations.append(d)
            left, reached = left - d, reached + d
        return first, dilations

    def pixelcnn(self, t, code):
        def w(name):
            return self.get(f"decoder.{name}.weight")

        def same(name, x, top=0, left=0, dilation=1):
            return convolve(x, w(name), 1, top, left, dilation, self.sides)

        features, blocks = self.number("features"), self.number("blocks")
        bias = self.get("decoder.bias").copy()
        if self.code:
            bias += (code @ w("code")).reshape(-1, features)
        r, dilations = self.reach()
        v = same("first.v", t, r, r) + bias[0]
        h = same("first.h", t, 0, r) + same("first.vh", v) + bias[1]
        places = self.map(code)
        v, h = v + places, h + places
        for i, d in enumerate(dilations, 1):
            name = f"block{i}."
            a = relu(same(name + "v", relu(v), d, d, d or 1) + bias[2 * i])
            b = same(name + "h", relu(h), 0, d, d or 1) + same(name + "vh", a) + bias[2 * i + 1]
            b = relu(b)
            if i < blocks:
                v = v + same(name + "out_v", a) + self.get(f"decoder.{name}out_v.bias")
            h = h + same(name + "out_h", b) + self.get(f"decoder.{name}out_h.bias")
        u = relu(same("out1", relu(h)) + bias[2 * blocks + 2])
        return same("out2", u) + self.get("decoder.out2.bias")

    def decode(self, image, code):
        if self.settings["decoder"] == "factorised":
            return self.upsample("decoder", code)
        binary = self.settings["likelihood"] == "bernoulli"
        return self.pixelcnn(image / 255.0 if binary else image / 127.5 - 1, code)

    # ---- Likelihood, nats ----

    def bernoulli(self, outputs, image):
        return np.logaddexp(0, np.where(image > 127, -outputs, outputs)).sum()

    def softmax(self, outputs, image):
        levels, values, total = np.arange(256) / 127.5 - 1, image / 127.5 - 1, 0
        for c in range(self.channels):
            logits = outputs[..., 256 * c:256 * (c + 1)].copy()
            for b in range(c):
                tie = outputs[..., 256 * self.channels + c * (c - 1) // 2 + b]
                logits -= 16 * tie[..., None] * (levels - values[..., b, None]) ** 2
            logits -= np.logaddexp.reduce(logits, -1)[..., None]
            total -= np.take_along_axis(logits, image[..., c, None].astype(int), -1).sum()
        return total

    def logistic(self, outputs, image):
        channels, values = self.channels, image / 127.5 - 1
        o = outputs.reshape(self.sides + (self.number("mixtures"), -1))
        logs = o[..., 0] - np.logaddexp.reduce(o[..., 0], -1)[..., None]
        for c in range(channels):
            mean = o[..., 1 + c].copy()
            scale = np.exp(np.maximum(o[..., 1 + channels + c], -7))
            for b in range(c):
                place = 1 + 2 * channels + c * (c - 1) // 2 + b
                mean += np.tanh(o[..., place]) * values[..., b, None]
            x, level = values[..., c, None], image[..., c, None]

            def below(edge):
                return 1 / (1 + np.exp(-np.clip((edge - mean) / scale, -500, 500)))

            high = np.where(level == 255, 1, below(x + 1 / 255))
            low = np.where(level == 0, 0, below(x - 1 / 255))
            logs = logs + np.log(np.maximum(high - low, 1e-300))
        return -np.logaddexp.reduce(logs, -1).sum()

    def nll(self, image, code):
        return getattr(self, self.settings["likelihood"])(self.decode(image, code), image)


def main():
    model = Model(sys.argv[1])
    # The nll of a gaussian posterior is a bound, of codes that are drawn.
    bounded = model.settings["posterior"] == "gaussian" and model.code and not model.discrete
    images, encoded = np.load(sys.argv[2])["image"], np.load(sys.argv[3])
    images = images.reshape(images.shape[:3] + (-1,)).astype(np.float64)
    worst = {"code": 0, "nll": 0}
    for image, row in zip(images, encoded):
        code = row["code"].astype(np.float64) if model.code else None
        if model.code:
            worst["code"] = max(worst["code"], np.abs(model.encode(image) - code).max())
        if not bounded:
            worst["nll"] = max(worst["nll"], abs(model.nll(image, code) / row["nll"] - 1))
    print(worst)
    sys.exit(not (max(worst.values()) < 1e-4 and len(encoded) == len(images) > 0))


if __name__ == "__main__":
    main()
