"""Checks pg-classify: check_classify.py CODES REFERENCE_CODES TABLE VALUES."""
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
nmi = 0
if h_label * h_cluster > 0:
    nmi = (h_label + h_cluster - entropy(counts.ravel())) / np.sqrt(h_label * h_cluster)
expected = {
    'error': (names[assignment] != labels)[known].mean(),
    'error_majority': (votes[assignment] != labels)[known].mean(),
    'purity': (own[assignment] == labels)[known].mean(),
    'nmi': nmi,
}
for key, value in expected.items():
    assert abs(float(values[key]) - value) < 1e-6, (key, values[key], value)
