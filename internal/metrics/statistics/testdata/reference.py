"""Writes expected.json: what SciPy, statsmodels and searches and sums written
from the papers' definitions make of the numbers in it.

    python3 reference.py expected.json

Made with Python 3.11, SciPy 1.10.1, statsmodels 0.13.5 and NumPy 1.24.2.
"""

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

rng = np.random.default_rng(20240517)
expected = {}


# Tango's interval from its definition: search for the nuisance share by maximum
# likelihood under each difference, then for the differences not rejected.
def tango(gained, lost, n, alpha):
    z = stats.norm.ppf(1 - alpha)

    def score(delta):
        def likelihood(q):
            p = q + delta
            total = 0.0
            for count, share in ((gained, p), (lost, q), (n - gained - lost, 1 - p - q)):
                if count:
                    if share <= 0:
                        return math.inf
                    total -= count * math.log(share)
            return total

        low, high = max(0, -delta), (1 - delta) / 2
        q = optimize.minimize_scalar(likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-14}).x
        return (gained - lost - n * delta) / math.sqrt(n * (2 * q + delta - delta**2))

    d = (gained - lost) / n
    edge = 1e-9
    return [
        optimize.brentq(lambda x: score(x) - z, -1 + edge, d - edge, xtol=1e-13),
        optimize.brentq(lambda x: score(x) + z, d + edge, 1 - edge, xtol=1e-13),
    ]


expected["tango"] = []
for gained, lost, n, alpha in [
    (1, 7, 21, 0.025), (6, 16, 161, 0.025), (25, 28, 618, 0.025), (12, 9, 200, 0.025), (40, 70, 1000, 0.025),
    (3, 0, 60, 0.025), (0, 5, 60, 0.025), (0, 1, 44, 0.05), (9, 1, 10, 0.025), (2, 1, 3, 0.025), (1, 0, 2, 0.1),
    (6, 16, 161, 0.001), (300, 450, 100_000, 0.025),
]:
    low, high = tango(gained, lost, n, alpha)
    expected["tango"].append({"gained": gained, "lost": lost, "n": n, "alpha": alpha, "low": low, "high": high})


# BCa of a mean by SciPy, from replicates that are given to it.
def bca(values, replicates, alpha):
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=0, confidence_level=1 - 2 * alpha, method="BCa", vectorized=True,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=replicates),
    )
    return found.confidence_interval, found.standard_error


expected["bca"] = []
for shape, center, alpha in ((0.4, 0, 0.025), (0.4, 1.4, 0.025), (2.0, 4.6, 0.05), (2.0, 6.2, 0.005)):
    values = np.round(rng.gamma(shape, 2, 40) - center, 4)
    replicates = np.sort(np.round(rng.choice(values, (1999, 40)).mean(axis=1), 4))
    interval, se = bca(values, replicates, alpha)
    expected["bca"].append({
        "values": values.tolist(), "replicates": replicates.tolist(), "alpha": alpha,
        "low": interval.low, "high": interval.high, "se": se,
    })

# Welch: of two samples by SciPy (p) and statsmodels (interval); of three sources
# of variance from Satterthwaite's formula.
expected["welch"] = []
for sizes, shift in (((5, 5), 0.5), ((5, 9), -1.0), ((2, 3), -3.0), ((30, 6), -0.4)):
    a, b = np.round(rng.normal(shift, 1, sizes[0]), 4), np.round(rng.normal(0, 2, sizes[1]), 4)
    low, high = CompareMeans(DescrStatsW(a), DescrStatsW(b)).tconfint_diff(alpha=0.05, usevar="unequal")
    p = stats.ttest_ind(a, b, equal_var=False, alternative="less").pvalue
    expected["welch"].append({"candidate": a.tolist(), "champion": b.tolist(), "low": low, "high": high, "p": p})

expected["satterthwaite"] = []
for difference, sources in (
    (-0.02, [(1e-4, 999), (4e-5, 4), (9e-5, 6)]), (0.3, [(0.01, 1e7), (1e-9, 4), (1e-9, 4)]), (-1.0, [(0.1, 1), (0, 4), (0.2, 1)]),
):
    variance = sum(v for v, _ in sources)
    freedom = variance**2 / sum(v**2 / f for v, f in sources)
    se = math.sqrt(variance)
    half = stats.t.ppf(0.975, freedom) * se
    expected["satterthwaite"].append({
        "difference": difference, "sources": sources, "se": se, "p": stats.t.cdf(difference / se, freedom),
        "low": difference - half, "high": difference + half,
    })

expected["holm"] = []
for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [1, 0.2, 0.9], [0.02, 0.02, 0.02], np.round(rng.beta(0.3, 2, 30), 5).tolist()):
    expected["holm"].append({"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()})


# A normal interval from sums over groups.
expected["normal"] = []
for groups, rows in ((200, 200), (40, 400), (5, 60)):
    psi = np.round(rng.normal(0, 1, rows), 4)
    group = np.arange(rows) % groups
    sums = np.array([psi[group == g].sum() for g in range(groups)])
    se = math.sqrt(groups / (groups - 1) * ((sums - sums.mean()) ** 2).sum()) / rows
    d = -1.5 * se
    expected["normal"].append({
        "difference": d, "sums": sums.tolist(), "rows": rows, "se": se, "p": stats.norm.cdf(-1.5),
        "low": stats.norm.ppf(0.025, d, se), "high": stats.norm.ppf(0.975, d, se),
    })


# An interval by the jackknife over groups: a mean, leaving out one group at a time.
expected["groups"] = []
for groups, most in ((40, 4), (8, 20), (3, 2)):
    sizes = rng.integers(1, most + 1, groups)
    totals = np.round(rng.normal(-0.3, 1, groups) * sizes, 4)
    d = totals.sum() / sizes.sum()
    without = (totals.sum() - totals) / (sizes.sum() - sizes)
    se = math.sqrt((groups - 1) / groups * ((without - d) ** 2).sum())
    expected["groups"].append({
        "difference": d, "sums": (totals - sizes * d).tolist(), "sizes": sizes.tolist(), "se": se,
        "p": stats.t.cdf(d / se, groups - 1),
        "low": stats.t.ppf(0.025, groups - 1, d, se), "high": stats.t.ppf(0.975, groups - 1, d, se),
    })


# The length of blocks: Politis & White 2004 as corrected in 2009.
def block_length(x):
    n = len(x)
    x = x - x.mean()
    most = math.ceil(math.sqrt(n)) + 5
    r = np.array([x[k:] @ x[: n - k] / n for k in range(most + 1)])
    small = np.abs(r / r[0]) < 2 * math.sqrt(math.log10(n) / n)
    m = next((m for m in range(1, most - 3) if small[m : m + 5].all()), None)
    last = most if m is None else min(2 * m, most)
    k = np.arange(-last, last + 1)
    taper = np.clip(2 * (1 - np.abs(k) / last), 0, 1)
    g, spectrum = (taper * np.abs(k) * r[np.abs(k)]).sum(), (taper * r[np.abs(k)]).sum()
    best = (2 * g**2 / (4 / 3 * spectrum**2)) ** (1 / 3) * n ** (1 / 3)
    return min(best, math.ceil(min(3 * math.sqrt(n), n / 3)))


def series(noise, memory):
    x = np.array(noise)
    for i in range(1, len(x)):
        x[i] += memory * x[i - 1]
    return x


# What the tests of the Python package arch have for this series.
assert abs(block_length(series(np.random.RandomState(0).standard_normal(10_100), 0.3)[100:]) / 15.60894 - 1) < 1e-4


def block_variance(x, length):
    """The variance of the mean of n values of which whole blocks, and a part of one, are drawn."""
    def of(l):
        return np.array([sum(x[(i + j) % len(x)] for j in range(l)) for i in range(len(x))]).var()
    return (len(x) // length * of(length) + of(len(x) % length)) / len(x) ** 2


expected["blocks"] = []
for n, memory in ((400, 0), (400, 0.3), (400, 0.8), (400, -0.5), (90, 0.95), (60, 0.5), (12, 0)):
    x = np.round(series(rng.normal(size=n), memory), 3)
    length = block_length(x)
    whole = max(math.ceil(length), 1)
    expected["blocks"].append({
        "values": x.tolist(), "length": length, "variance": block_variance(x, whole), "variance7": block_variance(x, 7),
    })

with open(sys.argv[1], "w") as f:
    f.write(json.dumps(expected) + "\n")
