"""What the benchmarks of comparisons are measured beside: pandas, and a plain
paired bootstrap with NumPy and scikit-learn. Each prints its seconds, without
those that Python takes to start and to import.

    python3 peer.py read FILE
    python3 peer.py bootstrap CHAMPION CANDIDATE RESAMPLES
    python3 peer.py parquet CSV FILE
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd


def read(path):
    if path.endswith(".parquet"):
        return pd.read_parquet(path, engine="pyarrow")
    return pd.read_csv(path)


def metrics():
    """The twelve of the benchmark, as functions of labels and scores."""
    from sklearn import metrics as m

    def hard(measure, **more):
        return lambda y, s: measure(y, s >= 0.5, **more)

    return [
        hard(m.accuracy_score),
        hard(m.balanced_accuracy_score),
        hard(m.precision_score),
        hard(m.recall_score),
        hard(m.f1_score),
        hard(m.f1_score, average="macro"),
        hard(m.f1_score, average="weighted"),
        hard(m.matthews_corrcoef),
        m.roc_auc_score,
        m.average_precision_score,
        m.log_loss,
        m.brier_score_loss,
    ]


def bootstrap(champion, candidate, resamples):
    """Draws rows with replacement, and computes every difference overall and on each slice."""
    a, b = read(champion), read(candidate)
    label, region = a.label.to_numpy(), a.region.to_numpy()
    scores = a.score.to_numpy(), b.score.to_numpy()
    groups = [np.arange(len(label))] + [np.flatnonzero(region == r) for r in np.unique(region)]
    measures, rng, differences = metrics(), np.random.default_rng(1), []
    started = time.perf_counter()
    for _ in range(resamples):
        for group in groups:
            rows = group[rng.integers(len(group), size=len(group))]
            y, s, t = label[rows], scores[0][rows], scores[1][rows]
            differences.append([measure(y, t) - measure(y, s) for measure in measures])
    took = time.perf_counter() - started
    assert np.isfinite(differences).all()
    return took


def main(what, *args):
    warnings.simplefilter("ignore")
    if what == "parquet":
        read(args[0]).to_parquet(args[1], engine="pyarrow")
    elif what == "bootstrap":
        print(bootstrap(args[0], args[1], int(args[2])))
    else:
        read(args[0])  # once for the file's sake, which is then in memory
        started = time.perf_counter()
        read(args[0])
        print(time.perf_counter() - started)


main(*sys.argv[1:])
