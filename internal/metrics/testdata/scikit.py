"""Writes the files in testdata/scikit: what models of scikit-learn predicted on
its bundled data sets, and what scikit-learn's metrics make of them.

    python3 scikit.py scikit/

Made with Python 3.11, scikit-learn 1.2.1, SciPy 1.10.1 and NumPy 1.24.2.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from sklearn import datasets, metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

out = Path(sys.argv[1])
out.mkdir(exist_ok=True)
rng = np.random.default_rng(5)
expected = []


def write(name, **columns):
    with open(out / name, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["id", *columns])
        for i, row in enumerate(zip(*columns.values())):
            w.writerow([f"r{i:03}", *(repr(v.item()) if isinstance(v, np.floating) else v for v in row)])


def expect(file, values, **settings):
    """values takes the weights, which may be None."""
    weight = weights(file)
    expected.append({
        "file": file, **settings,
        "plain": {k: float(v) for k, v in values(None).items()},
        "weighted": {k: float(v) for k, v in values(weight).items()},
    })


def weights(file):
    with open(out / file) as f:
        return np.array([float(row["weight"]) for row in csv.DictReader(f)])


def split(data, share):
    return train_test_split(data.data, data.target, test_size=share, random_state=3)


def decisions(label, decision, weight, binary):
    found = {
        "accuracy": metrics.accuracy_score(label, decision, sample_weight=weight),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, decision, sample_weight=weight),
        "mcc": metrics.matthews_corrcoef(label, decision, sample_weight=weight),
    }
    for average in (["binary"] if binary else []) + ["micro", "macro", "weighted"]:
        p, r, f, _ = metrics.precision_recall_fscore_support(label, decision, average=average, sample_weight=weight, zero_division=0)
        suffix = "" if average == "binary" else "_" + average
        found |= {"precision" + suffix: p, "recall" + suffix: r, "f1" + suffix: f}
    return found


def off(happened, said, weight):
    """The expected calibration error from scikit-learn's reliability curve, whose bins hold their upper ends."""
    weight = np.ones(len(said)) if weight is None else weight
    edges = np.linspace(0, 1, 11)
    bins = np.searchsorted(edges[1:-1], said)
    share, mean = calibration_curve(happened, said, n_bins=10)
    plain = [(happened[bins == b].mean(), said[bins == b].mean()) for b in np.unique(bins)]
    assert np.allclose(np.array(plain), np.array(list(zip(share, mean)))), "these are not scikit-learn's bins"
    return sum(abs(np.sum((weight * (happened - said))[bins == b])) for b in range(10)) / weight.sum()


def scores(label, score, weight):
    return {
        "roc_auc": metrics.roc_auc_score(label, score, sample_weight=weight),
        "pr_auc": metrics.average_precision_score(label, score, sample_weight=weight),
        "log_loss": metrics.log_loss(label, score, sample_weight=weight),
        "brier": metrics.brier_score_loss(label, score, sample_weight=weight),
        "calibration_error": off(label, score, weight),
        "score": np.average(score, weights=weight),
    }


def binary(name, label, score):
    write(name, label=label, score=score, weight=np.round(rng.uniform(0.1, 3, len(label)), 2))
    for threshold in (None, 0.2):
        decision = (score >= (0.5 if threshold is None else threshold)).astype(int)
        expect(name, lambda w: decisions(label, decision, w, True) | (scores(label, score, w) if threshold is None else {}), threshold=threshold)


def several(name, names, label, score, tops):
    """names are the classes as text, label their places."""
    columns = {f"score_{n}": score[:, i] for i, n in enumerate(names)}
    write(name, label=np.array(names)[label], **columns, weight=np.round(rng.uniform(0.1, 3, len(label)), 2))

    def values(w):
        decision = score.argmax(axis=1)
        found = decisions(label, decision, w, False)
        found["log_loss"] = metrics.log_loss(label, score, sample_weight=w)
        found["brier"] = np.average(((score - np.eye(len(names))[label]) ** 2).sum(axis=1), weights=w)
        found["calibration_error"] = off((decision == label).astype(int), score.max(axis=1), w)
        for k in tops:
            found[f"top_{k}_accuracy"] = metrics.top_k_accuracy_score(label, score, k=k, sample_weight=w)
        return found

    expect(name, values)


def regression(name, label, score):
    write(name, label=label, score=score, weight=np.round(rng.uniform(0.1, 3, len(label)), 2))
    expect(name, lambda w: {
        "rmse": metrics.mean_squared_error(label, score, squared=False, sample_weight=w),
        "mae": metrics.mean_absolute_error(label, score, sample_weight=w),
        "r2": metrics.r2_score(label, score, sample_weight=w),
        "mape": metrics.mean_absolute_percentage_error(label, score, sample_weight=w),
    })


def ranking(name, query, label, score):
    """Weights are of queries."""
    of = dict(zip(np.unique(query), np.round(rng.uniform(0.1, 3, len(np.unique(query))), 2)))
    write(name, query=query, label=label, score=score, weight=np.array([of[q] for q in query]))

    def values(w):
        found = {}
        for k in (None, 1, 3, 10):
            each = [metrics.ndcg_score([label[query == q]], [score[query == q]], k=k) for q in of]
            found["ndcg" if k is None else f"ndcg@{k}"] = np.average(each, weights=None if w is None else list(of.values()))
        return found

    expect(name, values)


# Binary: one model that knows what it does not know, one that is far too sure
# (probabilities next to 0 and 1), one with many ties.
x, xt, y, yt = split(datasets.load_breast_cancer(), 0.5)
for name, model in (
    ("cancer_logistic.csv", make_pipeline(StandardScaler(), LogisticRegression(C=0.01))),
    ("cancer_bayes.csv", GaussianNB()),
    ("cancer_tree.csv", DecisionTreeClassifier(max_depth=3, random_state=0)),
):
    binary(name, yt, model.fit(x[:, :6], y).predict_proba(xt[:, :6])[:, 1])

# Several classes, named by words and by numbers.
data = datasets.load_iris()
x, xt, y, yt = split(data, 0.6)
several("iris.csv", list(data.target_names), yt, LogisticRegression(C=0.1, max_iter=1000).fit(x[:, :2], y).predict_proba(xt[:, :2]), [1, 2])
x, xt, y, yt = split(datasets.load_wine(), 0.6)
several("wine.csv", ["0", "1", "2"], yt, GaussianNB().fit(x[:, :3], y).predict_proba(xt[:, :3]), [1, 2])
x, xt, y, yt = split(datasets.load_digits(), 0.15)
# Class 10 is 0: as text it would be sorted between 1 and 2. Two decimals: ties, and sums that are not 1.
y, yt = np.where(y == 0, 10, y) - 1, np.where(yt == 0, 10, yt) - 1
several("digits.csv", [str(i + 1) for i in range(10)], yt, np.round(GaussianNB(var_smoothing=0.1).fit(x[:, 20:30], y).predict_proba(xt[:, 20:30]), 2), [1, 3, 5])

# Decisions only, among them for a class that has no label; and no decision for one that has.
decision = np.where(np.isin(yt, (2, 3)), 4, rng.permutation(yt))
label = np.where(yt == 0, 9, yt)
write("decisions.csv", label=[f"class {v}" for v in label], decision=[f"class {v}" for v in decision], weight=np.round(rng.uniform(0.1, 3, len(yt)), 2))
expect("decisions.csv", lambda w: decisions(label, decision, w, False), prediction="decision")

# Regression, and a ranking made of it.
x, xt, y, yt = split(datasets.load_diabetes(), 0.5)
guess = Ridge(0.1).fit(x, y).predict(xt)
regression("diabetes.csv", yt, guess)
grade = np.digitize(yt, [90, 140, 200, 260])
query = np.array([f"age {v}" for v in np.digitize(xt[:, 0], np.linspace(-0.06, 0.06, 12))])
grade[query == query[0]] = 0  # a query without any gain
ranking("ranking.csv", query, grade, np.round(guess, -1))

(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
