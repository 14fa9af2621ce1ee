"""Writes the files in testdata/reference: predictions, and what scikit-learn,
SciPy and an own constrained search make of them.

    python3 reference.py reference/

Made with Python 3.11, scikit-learn 1.2.1, SciPy 1.10.1 and NumPy 1.24.2.
"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
from scipy import optimize, stats
from sklearn import metrics

out = Path(sys.argv[1])
rng = np.random.default_rng(20240517)
expected = {"metrics": {}, "tango": [], "bca": {}}


def write(name, header, *columns):
    with open(out / name, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(header)
        w.writerows(zip(*columns))


def binary(name, label, score):
    ids = [f"r{i:04}" for i in range(len(label))]
    write(name, ["id", "label", "score"], ids, label, [repr(float(s)) for s in score])
    expected["metrics"][name] = {
        "accuracy": metrics.accuracy_score(label, score >= 0.5),
        "roc_auc": metrics.roc_auc_score(label, score),
        "log_loss": metrics.log_loss(label, score),
        "rmse": metrics.mean_squared_error(label, score, squared=False),
    }


def logistic(z):
    return 1 / (1 + np.exp(-z))


# Plain scores, many ties, scores at and next to 0 and 1.
label = rng.integers(0, 2, 400)
truth = rng.normal(size=400) + 1.5 * label
candidate = logistic(1.2 * truth - 1 + 0.3 * rng.normal(size=400))
champion = logistic(1.2 * truth - 1 + 0.6 * rng.normal(size=400))
binary("candidate.csv", label, candidate)
binary("champion.csv", label, champion)
binary("ties.csv", label, np.round(candidate, 1))
binary("constant.csv", label, np.full(400, 0.25))
binary("extreme.csv", np.array([0, 1, 1, 0, 1, 0]), np.array([0.0, 1.0, 1e-300, 1 - 1e-16, 0.5, 0.5]))
binary("two.csv", np.array([0, 1]), np.array([0.9, 0.2]))

# Regression.
y = rng.gamma(2, 50, 300)
guess = y * rng.normal(1, 0.2, 300) + rng.normal(0, 5, 300)
write("regression.csv", ["id", "label", "score"], range(300), map(repr, y.tolist()), map(repr, guess.tolist()))
expected["metrics"]["regression.csv"] = {"rmse": metrics.mean_squared_error(y, guess, squared=False)}

# Decisions among three classes.
classes = np.array(["cat", "dog", "a, \"quoted\"\nbird"])
right = rng.integers(0, 3, 100)
guessed = np.where(rng.random(100) < 0.7, right, rng.integers(0, 3, 100))
write("classes.csv", ["id", "label", "decision"], range(100), classes[right], classes[guessed])
expected["metrics"]["classes.csv"] = {"accuracy": metrics.accuracy_score(right, guessed)}


# Tango's interval from its definition: search for the nuisance share by maximum
# likelihood under each difference, then for the differences not rejected.
def tango(gained, lost, n, z=stats.norm.ppf(0.975)):
    def score(delta):
        def likelihood(q):
            p = q + delta
            rest = 1 - p - q
            total = 0.0
            for count, share in ((gained, p), (lost, q), (n - gained - lost, rest)):
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
        optimize.brentq(lambda x: score(x) - z, -1 + edge, d - edge),
        optimize.brentq(lambda x: score(x) + z, d + edge, 1 - edge),
    ]


for gained, lost, n in [(1, 7, 21), (6, 16, 161), (12, 9, 200), (40, 70, 1000), (3, 0, 60), (0, 5, 60)]:
    low, high = tango(gained, lost, n)
    expected["tango"].append({"gained": gained, "lost": lost, "n": n, "low": low, "high": high})


# BCa by SciPy, with so many resamples that hardly any chance is left.
def auc(label, score):
    """Area under the curve, for many resamples at once."""
    rank = stats.rankdata(score, axis=-1)
    ones = label.sum(axis=-1)
    return ((rank * label).sum(axis=-1) - ones * (ones + 1) / 2) / (ones * (label.shape[-1] - ones))


def loss(label, score):
    return -np.where(label == 1, np.log(score), np.log1p(-score)).mean(axis=-1)


def rmse(label, score):
    return np.sqrt(((label - score) ** 2).mean(axis=-1))


# Few rows with errors of a long tail: there the acceleration counts.
far = np.zeros(60)
far_candidate, far_champion = rng.gamma(1, 1, 60), rng.gamma(1.5, 0.8, 60)
for side, errors in (("candidate", far_candidate), ("champion", far_champion)):
    write(f"skewed_{side}.csv", ["id", "label", "score"], range(60), map(repr, far.tolist()), map(repr, errors.tolist()))

usual, skewed = (label, candidate, champion), (far, far_candidate, far_champion)
for name, metric, data in (("roc_auc", auc, usual), ("log_loss", loss, usual), ("rmse", rmse, usual), ("skewed_rmse", rmse, skewed)):
    found = stats.bootstrap(
        data,
        lambda l, a, b, axis=-1: metric(l, a) - metric(l, b),
        paired=True, vectorized=True, n_resamples=100_000, batch=2000,
        confidence_level=0.95, method="BCa", random_state=1,
    )
    interval = found.confidence_interval
    expected["bca"][name] = {"low": interval.low, "high": interval.high, "se": found.standard_error}

(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
