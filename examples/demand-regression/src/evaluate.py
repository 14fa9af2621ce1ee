"""Stage evaluate: forecasts the test days with a model, whichever lies in model/.

muster runs this stage for the new model and for the one in production, and
computes its own RMSE from predictions.csv; metrics.json says what else the
team wants to see.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from sklearn.metrics import mean_absolute_error
from sklearn.pipeline import Pipeline

import columns
import forecast

TEST = Path("data/test.csv")
PREDICTIONS = Path("predictions.csv")
METRICS = Path("metrics.json")


def predict(members: list[Pipeline], rows: pd.DataFrame) -> pd.DataFrame:
    """One line for each row: its id, the demand, the forecast, and the shop."""
    predictions = rows[[columns.ID, columns.LABEL, columns.SLICE]].rename(columns={columns.LABEL: "label"})
    predictions.insert(2, "score", forecast.demand(members, rows))
    return predictions


def measure(predictions: pd.DataFrame) -> dict[str, float]:
    """The team's own numbers. Bias above 0: too much is baked."""
    label, score = predictions["label"], predictions["score"]
    return {
        "mae": float(mean_absolute_error(label, score)),
        "bias": float((score - label).mean()),
        "rows": len(predictions),
    }


def main() -> None:
    predictions = predict(forecast.load(), pd.read_csv(TEST))
    predictions.to_csv(PREDICTIONS, index=False)
    metrics = measure(predictions)
    METRICS.write_text(json.dumps(metrics, indent=2) + "\n")
    print(", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
