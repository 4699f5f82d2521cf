#!/usr/bin/env python3
"""The same model in PyTorch, to compare speeds with: trains, samples and encodes
random digits-like images and prints one line a measurement.

    peer.py train|sample|encode [--views N] [--features F] [--blocks L] [--mode MODE]...
    peer.py curve --data IMAGES.npy [--seconds S] [--features F]...
    peer.py quality --data LABELLED.npy --epochs N --error E [--views 2]...

The architecture is the one of lib/model/pixelcnn.h and the convolutional encoder of pg-train's
defaults, a training step all its phases: warps and noise, the discriminator's step, the step of
encoder and decoder. Modes: eager, compile (torch.compile), channels_last, bf16 (autocast), joined
by "+". Output, tab-separated: task, features, blocks, mode, images per second, peak memory in MiB;
of a curve, which trains on the images given: a line an epoch, seconds spent training, mean nll in
nats; of quality, which trains until the clusters have that error by majority: a line an epoch, seconds
spent training, error.

With --views 2 a step is that of `pg-train --prior categorical:30` with nothing else set: a second view
of each image, bent and partly erased, goes through the encoder too and should be of the same category.
"""
import argparse
import math
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """A residual block of the two stacks; the last one ends the vertical stack."""

    def __init__(self, features, last):
        super().__init__()
        self.v = nn.Conv2d(features, features, (2, 3), bias=False)
        self.h = nn.Conv2d(features, features, (1, 2), bias=False)
        self.vh = nn.Conv2d(features, features, 1, bias=False)
        self.out_v = None if last else nn.Conv2d(features, features, 1)
        self.out_h = nn.Conv2d(features, features, 1)

    def forward(self, v, h, bias_v, bias_h):
        a = F.relu(self.v(F.pad(F.relu(v), (1, 1, 1, 0))) + bias_v)
        b = F.relu(self.h(F.pad(F.relu(h), (1, 0, 0, 0))) + self.vh(a) + bias_h)
        if self.out_v is not None:
            v = v + self.out_v(a)
        return v, h + self.out_h(b)


class PixelCNN(nn.Module):
    """p(x|z): logits of binary pixels, conditioned by biases and by a map of features."""

    def __init__(self, code, features, blocks, radius=3, side=28):
        super().__init__()
        self.features, self.radius, self.side = features, radius, side
        self.slots = 2 * blocks + 3
        self.first_v = nn.Conv2d(1, features, (radius, 2 * radius + 1), bias=False)
        self.first_h = nn.Conv2d(1, features, (1, radius), bias=False)
        self.first_vh = nn.Conv2d(features, features, 1, bias=False)
        self.blocks = nn.ModuleList(Block(features, i == blocks - 1) for i in range(blocks))
        self.out1 = nn.Conv2d(features, features, 1, bias=False)
        self.out2 = nn.Conv2d(features, 1, 1)
        self.bias = nn.Linear(code, self.slots * features)
        self.map = nn.Linear(code, features * side * side, bias=False)

    def forward(self, x, z):
        r = self.radius
        bias = self.bias(z).view(len(z), self.slots, self.features, 1, 1).unbind(1)
        v = self.first_v(F.pad(x, (r, r, r, 0))[:, :, :-1]) + bias[0]
        h = self.first_h(F.pad(x, (r, 0, 0, 0))[:, :, :, :-1]) + self.first_vh(v) + bias[1]
        place = self.map(z).view(len(z), self.features, self.side, self.side)
        v, h = v + place, h + place
        for i, block in enumerate(self.blocks):
            v, h = block(v, h, bias[2 + 2 * i], bias[3 + 2 * i])
        return self.out2(F.relu(self.out1(F.relu(h)) + bias[-1]))


def encoder(code, features, hidden=256):
    """q(z|x): three strided convolutions, one hidden layer, normalised logits."""
    return nn.Sequential(
        nn.Conv2d(1, features, 5, 2, 2), nn.BatchNorm2d(features), nn.ReLU(),
        nn.Conv2d(features, 2 * features, 5, 2, 2), nn.BatchNorm2d(2 * features), nn.ReLU(),
        nn.Conv2d(2 * features, 2 * features, 3, 2, 1), nn.BatchNorm2d(2 * features), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * features, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
        nn.Linear(hidden, code), nn.BatchNorm1d(code))


def discriminator(code, hidden=256):
    return nn.Sequential(nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
                         nn.Linear(hidden, 1))


CELLS = 4  # of an image's side, for displacements


def bend(x, deviation):
    """Smooth random displacements of that s.d. in pixels, cubic between few knots."""
    knots = torch.randn(len(x), 2, CELLS + 3, CELLS + 3) * deviation * 2 / x.shape[-1]
    smooth = F.interpolate(knots, scale_factor=x.shape[-1] / CELLS, mode='bicubic')
    edge = (smooth.shape[-1] - x.shape[-1]) // 2
    return smooth[:, :, edge:edge + x.shape[-2], edge:edge + x.shape[-1]].permute(0, 2, 3, 1)


def erase(x, part):
    """A box of up to that part of each side takes the value of one of the image's pixels."""
    n, _, height, width = x.shape
    size = torch.rand(n, 1) * part / 2
    rows, columns = (torch.arange(side) / side for side in (height, width))
    tall = (rows - torch.rand(n, 1)).abs() < size
    wide = (columns - torch.rand(n, 1)).abs() < size
    fill = x.flatten(1).gather(1, torch.randint(0, height * width, (n, 1)))
    return torch.where((tall[:, :, None] & wide[:, None, :])[:, None], fill[:, :, None, None], x)


def warp(x, elastic=0):
    """Random shift, rotation, shear and zoom of each image, which elastic bends besides."""
    def uniform(width):
        return (torch.rand(len(x)) * 2 - 1) * width
    angle, shear = uniform(math.pi / 12), uniform(0.3)
    zoom_x, zoom_y = torch.exp(uniform(0.1)), torch.exp(uniform(0.1))
    c, s = angle.cos(), angle.sin()
    rows = [torch.stack([c * zoom_x, (c * shear - s) * zoom_y, uniform(2 / 14)], 1),
            torch.stack([s * zoom_x, (s * shear + c) * zoom_y, uniform(2 / 14)], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), x.shape, align_corners=False)
    if elastic:
        grid = grid + bend(x, elastic)
    return F.grid_sample(x, grid, padding_mode='border', align_corners=False)


class Peer:
    def __init__(self, options, mode):
        parts = set(mode.split('+'))
        unknown = parts - {'eager', 'compile', 'channels_last', 'bf16'}
        if unknown:
            sys.exit(f'peer.py: unknown mode {", ".join(sorted(unknown))}')
        torch.manual_seed(1)
        self.code, self.batch, self.views = options.code, options.batch, options.views
        self.agreement, self.noise = 1.0, 0.3
        self.weight = 5 if self.views == 2 else 70  # of reconstruction, as pg-train's
        self.encoder = encoder(options.code, options.encoder_features)
        self.decoder = PixelCNN(options.code, options.features, options.blocks)
        self.discriminator = discriminator(options.code)
        self.bf16 = 'bf16' in parts
        self.layout = torch.contiguous_format
        if 'channels_last' in parts:
            self.layout = torch.channels_last
            self.encoder.to(memory_format=self.layout)
            self.decoder.to(memory_format=self.layout)
        self.optimise = torch.optim.Adam(
            [*self.encoder.parameters(), *self.decoder.parameters()], lr=1e-3)
        self.optimise_discriminator = torch.optim.Adam(
            self.discriminator.parameters(), lr=3e-4, betas=(0.5, 0.999))
        # Smooth blobs in the range of digits; speed does not depend on what is in them.
        self.images = F.interpolate(torch.rand(1000, 1, 7, 7), 28, mode='bilinear') ** 3
        self.loss_discriminator = self.discriminator_loss
        self.loss_autoencoder = self.autoencoder_loss
        self.logits, self.codes = self.decoder, self.encoder
        if 'compile' in parts:
            self.loss_discriminator = torch.compile(self.discriminator_loss)
            self.loss_autoencoder = torch.compile(self.autoencoder_loss)
            self.logits, self.codes = torch.compile(self.decoder), torch.compile(self.encoder)

    def learn_from(self, path):
        """Takes a stream of images for those that steps draw from."""
        import numpy
        records = numpy.load(path)
        images = records['image'] if records.dtype.names else records
        self.images = torch.from_numpy(images.reshape(-1, 1, 28, 28).astype('float32') / 255)
        self.noise = self.images.flatten(1).std(1).mean().item()
        if 'label' in (records.dtype.names or ()):
            self.labels = torch.from_numpy(records['label'].astype('int64'))

    def autocast(self):
        return torch.autocast('cpu', torch.bfloat16, enabled=self.bf16)

    def discriminator_loss(self, fake, real, noise_fake, noise_real):
        yes = F.binary_cross_entropy_with_logits
        return yes(self.discriminator(real + 0.2 * noise_real), torch.ones(len(real), 1)) + \
            yes(self.discriminator(fake + 0.2 * noise_fake), torch.zeros(len(fake), 1))

    def autoencoder_loss(self, z, target, noise):
        yes = F.binary_cross_entropy_with_logits
        nll = yes(self.decoder(target, z), target, reduction='sum') / len(z)
        self.nll = nll.detach()
        return self.weight / 784 / math.log(2) * nll + \
            yes(self.discriminator(z + 0.2 * noise), torch.ones(len(z), 1))

    def see(self, x):
        """What the encoder sees of a batch: one view of each, or two, one after the other."""
        views = [warp(x)]
        if self.views == 2:
            views.append(erase(warp(x, elastic=0.5), 0.5))
        seen = torch.cat(views)
        return (seen + self.noise * torch.randn_like(seen)).contiguous(memory_format=self.layout)

    def step(self, chosen=None):
        if chosen is None:
            chosen = torch.randint(0, len(self.images), (self.batch,))
        x = self.images[chosen]
        target = torch.bernoulli(x).contiguous(memory_format=self.layout)
        seen = self.see(x)
        with self.autocast():
            z, *others = F.softmax(self.codes(seen).float(), 1).split(len(x))
            real = F.one_hot(torch.randint(0, self.code, (self.batch,)), self.code).float()
            noise = torch.randn(3, self.batch, self.code)
            loss = self.loss_discriminator(z.detach(), real, noise[0], noise[1])
        self.optimise_discriminator.zero_grad()
        loss.backward()
        self.optimise_discriminator.step()
        with self.autocast():
            loss = self.loss_autoencoder(z, target, noise[2])
            for other in others:
                loss = loss - self.agreement * (z * other).sum(1).log().mean()
        self.optimise.zero_grad()
        loss.backward()
        self.optimise.step()
        return self.batch

    @torch.inference_mode()
    def error(self):
        """Share of the images whose label is not the commonest of their category."""
        self.encoder.eval()
        found = torch.cat([self.encoder(x).argmax(1) for x in self.images.split(1000)])
        self.encoder.train()
        counts = torch.zeros(self.code, 10).index_put_(
            (found, self.labels), torch.ones(len(found)), accumulate=True)
        return 1 - counts.max(1).values.sum().item() / len(found)

    @torch.inference_mode()
    def encode(self):
        self.encoder.eval()
        with self.autocast():
            x = self.images[:self.batch].contiguous(memory_format=self.layout)
            F.softmax(self.codes(x).float(), 1)
        return self.batch

    @torch.inference_mode()
    def sample(self, pixels):
        """The usual loop, one full pass a pixel; only the first pixels are timed."""
        z = F.one_hot(torch.randint(0, self.code, (self.batch,)), self.code).float()
        x = torch.zeros(self.batch, 1, 28, 28).contiguous(memory_format=self.layout)
        with self.autocast():
            for i in range(pixels):
                row, column = divmod(i, 28)
                logits = self.logits(x, z)[:, :, row, column].float()
                x[:, :, row, column] = torch.bernoulli(torch.sigmoid(logits))
        return self.batch * pixels / 784


def rate(work, seconds, warm_up):
    """Images per second of work(), which returns how many it did."""
    for _ in range(warm_up):
        work()
    done, start = 0, time.perf_counter()
    while True:
        done += work()
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return done / elapsed


def curve(peer, seconds):
    """Lines of seconds and nll, an epoch each; drawing what to learn from counts as training."""
    steps = len(peer.images) // peer.batch
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        sum_of_nll = 0
        for _ in range(steps):
            peer.step()
            sum_of_nll += peer.nll.item()
        print(f'{time.perf_counter() - start:.2f}', f'{sum_of_nll / steps:.3f}', sep='\t', flush=True)


def quality(peer, epochs, target):
    """Lines of seconds and error, an epoch each, until the target; only training is timed."""
    steps, seconds = len(peer.images) // peer.batch, 0
    for epoch in range(epochs):
        if epoch == int(0.8 * epochs):  # rates fall tenfold
            for optimiser in (peer.optimise, peer.optimise_discriminator):
                optimiser.param_groups[0]['lr'] /= 10
        order = torch.randperm(len(peer.images))
        start = time.perf_counter()
        for i in range(steps):
            peer.agreement = min(1, (epoch + i / steps) / (0.4 * epochs))
            peer.step(order[i * peer.batch:(i + 1) * peer.batch])
        seconds += time.perf_counter() - start
        error = peer.error()
        print(f'{seconds:.2f}', f'{error:.4f}', sep='\t', flush=True)
        if error <= target:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('task', choices=['train', 'sample', 'encode', 'curve', 'quality'])
    parser.add_argument('--features', type=int, default=32)
    parser.add_argument('--blocks', type=int, default=4)
    parser.add_argument('--encoder-features', type=int, default=32)
    parser.add_argument('--code', type=int, default=30)
    parser.add_argument('--batch', type=int, default=100)
    parser.add_argument('--threads', type=int, default=0, help='0: all cores')
    parser.add_argument('--seconds', type=float, default=5)
    parser.add_argument('--views', type=int, default=1, choices=[1, 2])
    parser.add_argument('--epochs', type=int, default=60)
    parser.add_argument('--error', type=float, default=0.04)
    parser.add_argument('--data', help='a stream of images, for a curve or quality')
    parser.add_argument('--mode', action='append')
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    for mode in options.mode or ['eager']:
        peer = Peer(options, mode)
        if options.data:
            peer.learn_from(options.data)
        if options.task == 'curve':
            curve(peer, options.seconds)
            continue
        if options.task == 'quality':
            quality(peer, options.epochs, options.error)
            continue
        work = {'train': peer.step, 'encode': peer.encode,
                'sample': lambda: peer.sample(4)}[options.task]
        speed = rate(work, options.seconds, 3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(options.task, options.features, options.blocks, mode, f'{speed:.1f}', f'{peak:.0f}',
              sep='\t', flush=True)


if __name__ == '__main__':
    main()
