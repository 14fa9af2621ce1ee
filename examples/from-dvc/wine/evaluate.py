"""Stage evaluate: decides for each test row who grew the wine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    args = parser.parse_args()
    rows = pd.read_csv("data/test.csv")
    found = joblib.load(args.model).predict(rows.drop(columns=["id", "label"]))
    predictions = pd.DataFrame({"id": rows["id"], "label": rows["label"], "prediction": found})
    predictions.to_csv("predictions.csv", index=False)
    predictions[["label", "prediction"]].to_csv("confusion.csv", index=False)
    metrics = {
        "accuracy": float(accuracy_score(rows["label"], found)),
        "f1_macro": float(f1_score(rows["label"], found, average="macro")),
    }
    Path("metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    print(", ".join(f"{name} {value:.3f}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
