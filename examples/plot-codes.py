#!/usr/bin/env python3
"""Draws the codes of a stream, a colour for each label, and how likely its images are.

    pg-encode -m plane.safetensors --nll test.npy | python3 plot-codes.py - plane.png

Codes of more than two numbers are shown by their first two principal components. Needs NumPy,
matplotlib and the module pixelgan.
"""
import sys

import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np

import pixelgan


def two_dimensions(code: np.ndarray) -> np.ndarray:
    if code.shape[1] == 1:
        return np.hstack([code, np.zeros_like(code)])
    if code.shape[1] == 2:
        return code
    centred = code - code.mean(0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T


def main(source: str, picture: str) -> None:
    examples = pixelgan.read(source)
    fields = examples.dtype.names or ()
    if 'code' not in fields or not len(examples):
        sys.exit(f'plot-codes: {source}: no codes; pg-encode writes them')
    figure, axes = plt.subplots(1, 1 + ('nll' in fields), squeeze=False, constrained_layout=True,
                                figsize=(6 + 5 * ('nll' in fields), 5.5))
    place = two_dimensions(examples['code'])
    labels = examples['label'] if 'label' in fields else np.full(len(examples), -1)
    members = {label: labels == label for label in np.unique(labels)}
    colours = ['lightgrey' if label < 0 else f'C{label % 10}' for label in members]
    for (label, own), colour in zip(members.items(), colours):
        name = 'no label' if label < 0 else str(label)
        axes[0, 0].scatter(*place[own].T, s=6, color=colour, label=name)
    axes[0, 0].set_title(f'{len(examples)} codes')
    axes[0, 0].set_aspect('equal', adjustable='datalim')
    if len(members) <= 20:
        axes[0, 0].legend(fontsize='small', markerscale=2)
    if 'nll' in fields:
        axes[0, 1].hist([examples['nll'][own] for own in members.values()], 30, color=colours,
                        stacked=True)
        axes[0, 1].set(title='how likely the images are', xlabel='nats', ylabel='images')
    figure.savefig(picture, dpi=120)


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit('usage: plot-codes.py STREAM PICTURE')
    main(*sys.argv[1:])
