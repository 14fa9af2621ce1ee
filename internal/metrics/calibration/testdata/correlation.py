"""How alike do two models of one task answer? The table of docs/calibrate.md.

Pairs of scikit-learn models, each by cross-validation on the same rows:
correlation is that of the normal scores of the ranks among rows of one label,
kappa the error consistency of Geirhos, Meding & Wichmann 2020 (arXiv:2006.16736).

    python3 correlation.py    # scikit-learn 1.2.1, about a minute
"""
import warnings

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")


def normal_scores(x):
    return norm.ppf((rankdata(x) - 0.5) / len(x))


def correlation(y, a, b):
    total = 0
    for label in (0, 1):
        rows = y == label
        total += rows.sum() * np.corrcoef(normal_scores(a[rows]), normal_scores(b[rows]))[0, 1]
    return total / len(y)


def kappa(y, a, b):
    right_a, right_b = (a >= 0.5) == y, (b >= 0.5) == y
    expected = right_a.mean() * right_b.mean() + (1 - right_a.mean()) * (1 - right_b.mean())
    return ((right_a == right_b).mean() - expected) / (1 - expected)


def scaled(model):
    return make_pipeline(StandardScaler(), model)


MODELS = {
    "logistic": scaled(LogisticRegression(C=1, max_iter=2000)),
    "logistic, C=0.1": scaled(LogisticRegression(C=0.1, max_iter=2000)),
    "forest": RandomForestClassifier(200, random_state=0),
    "forest, other seed": RandomForestClassifier(200, random_state=1),
    "forest, depth 5": RandomForestClassifier(200, random_state=1, max_depth=5),
    "boosting": GradientBoostingClassifier(random_state=0),
    "network": scaled(MLPClassifier((32,), max_iter=300, random_state=0)),
    "network, other seed": scaled(MLPClassifier((32,), max_iter=300, random_state=1)),
}
PAIRS = [
    ("forest", "forest, other seed"),
    ("network", "network, other seed"),
    ("logistic", "logistic, C=0.1"),
    ("forest", "forest, depth 5"),
    ("forest", "boosting"),
    ("logistic", "boosting"),
    ("logistic", "forest"),
    ("network", "boosting"),
]


def data():
    yield "breast cancer", *load_breast_cancer(return_X_y=True)
    x, y = load_digits(return_X_y=True)
    yield "digits from 5", x, (y >= 5).astype(int)
    yield "made, 10 % noise", *make_classification(3000, 20, n_informative=8, flip_y=0.1, random_state=0)
    yield "made, hard", *make_classification(3000, 20, n_informative=5, class_sep=0.6, flip_y=0.02, random_state=1)


for name, x, y in data():
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = {model: cross_val_predict(MODELS[model], x, y, cv=folds, method="predict_proba")[:, 1] for model in MODELS}
    for a, b in PAIRS:
        p, q = scores[a], scores[b]
        print(
            f"{name:17} {a:9} {b:20} correlation {correlation(y, p, q):.2f} kappa {kappa(y, p, q):.2f}"
            f" disagree {((p >= 0.5) != (q >= 0.5)).mean():.3f} accuracy {((p >= 0.5) == y).mean():.3f} {((q >= 0.5) == y).mean():.3f}"
        )
