"""Stage evaluate: scores the test rows with a model, whichever lies in model/.

muster runs this stage for the new model and for the one in production, and
computes its own metrics from predictions.csv; metrics.json says what else the
team wants to see.
"""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.metrics import accuracy_score, precision_score, recall_score
from sklearn.pipeline import Pipeline

import features

TEST = Path("data/test.csv")
MODEL = Path("model/model.joblib")
PREDICTIONS = Path("predictions.csv")
METRICS = Path("metrics.json")
THRESHOLD = 0.5


def predict(model: Pipeline, rows: pd.DataFrame) -> pd.DataFrame:
    """One line for each row: its id, what it is, and how likely it is malignant."""
    predictions = rows[[features.ID, features.LABEL, features.SLICE]].copy()
    predictions.insert(2, "score", model.predict_proba(rows[features.INPUT_COLUMNS])[:, 1])
    return predictions


def measure(predictions: pd.DataFrame) -> dict[str, float]:
    """The team's own numbers. Recall: the share of malignant tumours that was found."""
    label = predictions[features.LABEL]
    found = (predictions["score"] >= THRESHOLD).astype(int)
    return {
        "accuracy": float(accuracy_score(label, found)),
        "precision": float(precision_score(label, found, zero_division=0)),
        "recall": float(recall_score(label, found)),
        "rows": len(predictions),
    }


def main() -> None:
    predictions = predict(joblib.load(MODEL), pd.read_csv(TEST))
    predictions.to_csv(PREDICTIONS, index=False)
    metrics = measure(predictions)
    METRICS.write_text(json.dumps(metrics, indent=2) + "\n")
    print(", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
