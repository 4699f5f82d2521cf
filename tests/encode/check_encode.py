"""Checks a report of pg-encode: check_encode.py MODEL CODES REFERENCE_CODES VALUES."""
import math
import sys

import numpy as np

PIXELS, VOTERS = 8 * 9, 3


def psi(n):
    """Digamma at a whole number."""
    return -0.5772156649015329 + sum(1 / i for i in range(1, n))


def squared_distances(a, b):
    return ((a[:, None].astype('f8') - b[None]) ** 2).sum(2)


def vote_error(codes, reference):
    """Ties go to the label of the nearest."""
    wrong = 0
    known = codes[codes['label'] >= 0]
    order = squared_distances(known['code'], reference['code']).argsort(1, kind='stable')
    for label, nearest in zip(known['label'], reference['label'][order[:, :VOTERS]]):
        votes = [(nearest == vote).sum() for vote in nearest]
        wrong += nearest[int(np.argmax(votes))] != label
    return wrong / len(known)


def gaussian(z):
    n, d = z.shape
    mean, covariance = z.mean(0), np.cov(z.T, bias=True).reshape(d, d)
    centred = z - mean
    product = centred @ np.linalg.inv(covariance) @ centred.T
    third = np.sort(np.sqrt(squared_distances(z, z)), 1)[:, 3]
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
    entropy = psi(n) - psi(3) + math.log(ball) + d * np.log(third).mean()
    phi = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))(np.sort(z, 0))
    steps = np.arange(n + 1)[:, None] / n
    distance = np.maximum(steps[1:] - phi, phi - steps[:-1]).max(0)
    return {
        'kl_moments': 0.5 * (np.trace(covariance) + mean @ mean - d -
                             np.linalg.slogdet(covariance)[1]),
        'kl_neighbours': 0.5 * ((z ** 2).sum(1).mean() + d * math.log(2 * math.pi)) - entropy,
        'kolmogorov': distance.max(),
        'kolmogorov_dimension': distance.argmax(),
        'mardia_skewness': (product ** 3).mean(),
        'mardia_kurtosis': (np.diag(product) ** 2).mean(),
    }


def categorical(q):
    def entropy(p):
        return -(p * np.log(np.maximum(p, 1e-300))).sum(-1)
    use = entropy(q.mean(0))
    return {
        'categories_used': len(np.unique(q.argmax(1))),
        'usage_entropy': use,
        'usage_kl': math.log(q.shape[1]) - use,
        'information': use - entropy(q).mean(),
    }


codes, reference = np.load(sys.argv[2]), np.load(sys.argv[3])
values = dict(line.split() for line in open(sys.argv[4]))
z, nll = codes['code'].astype('f8'), codes['nll'].astype('f8')
expected = categorical(z) if sys.argv[1] == 'digits' else gaussian(z)
expected['nll'] = nll.mean()
expected['nll_standard_error'] = nll.std(ddof=1) / math.sqrt(len(nll))
expected['bits_per_dimension'] = nll.mean() / PIXELS / math.log(2)
expected['knn_error'] = vote_error(codes, reference)
for key, value in expected.items():
    assert abs(float(values[key]) - value) <= 1e-4 * abs(value) + 1e-6, (key, values[key], value)
