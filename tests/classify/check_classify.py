"""Checks pg-classify: check_classify.py CODES REFERENCE_CODES TABLE VALUES."""
import itertools
import sys

import numpy as np


def protocol(q, labels):
    known = labels >= 0
    return labels[known][q[known].argmax(0)]


def majority(assignment, labels, clusters):
    names = []
    for cluster in range(clusters):
        members = labels[(assignment == cluster) & (labels >= 0)]
        names.append(np.bincount(members).argmax() if len(members) else -1)
    return np.array(names)


def entropy(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log(p)).sum()


def pairs(n):
    return (n * (n - 1) / 2).sum()


def adjusted_rand(counts):
    """Hubert & Arabie 1985, eq. 5."""
    rows, columns = pairs(counts.sum(1)), pairs(counts.sum(0))
    expected = rows * columns / pairs(counts.sum())
    return (pairs(counts) - expected) / ((rows + columns) / 2 - expected)


def one_to_one(counts):
    """Of all ways to give each cluster a label of its own."""
    clusters = range(counts.shape[1])
    return max(counts[list(labels), clusters].sum()
               for labels in itertools.permutations(range(counts.shape[0]), len(clusters)))


codes, reference = np.load(sys.argv[1]), np.load(sys.argv[2])
table = np.genfromtxt(sys.argv[3], skip_header=1, missing_values='-', filling_values=-1)
values = dict(line.split() for line in open(sys.argv[4]))

q, labels = codes['code'], codes['label']
clusters = q.shape[1]
assignment = q.argmax(1)
names = protocol(reference['code'], reference['label'])
assert (table[:, 1] == labels).all(), 'labels'
assert (table[:, 2] == assignment).all(), 'clusters'
assert np.allclose(table[:, 3], q.max(1), rtol=1e-5), 'confidences'
assert (table[:, 4] == names[assignment]).all(), 'predictions'

known = labels >= 0
votes = majority(reference['code'].argmax(1), reference['label'], clusters)
own = majority(assignment, labels, clusters)
counts = np.zeros((labels.max() + 1, clusters))
np.add.at(counts, (labels[known], assignment[known]), 1)
h_label, h_cluster = entropy(counts.sum(1)), entropy(counts.sum(0))
nmi = nmi_arithmetic = 0
if h_label * h_cluster > 0:
    information = h_label + h_cluster - entropy(counts.ravel())
    nmi = information / np.sqrt(h_label * h_cluster)
    nmi_arithmetic = information / ((h_label + h_cluster) / 2)
expected = {
    'error': (names[assignment] != labels)[known].mean(),
    'error_majority': (votes[assignment] != labels)[known].mean(),
    'purity': (own[assignment] == labels)[known].mean(),
    'nmi': nmi,
    'nmi_arithmetic': nmi_arithmetic,
    'adjusted_rand': adjusted_rand(counts),
    'accuracy_one_to_one': one_to_one(counts) / known.sum(),
}
for key, value in expected.items():
    assert abs(float(values[key]) - value) < 1e-6, (key, values[key], value)
