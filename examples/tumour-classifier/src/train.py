"""Stage train: fits the classifier and writes it to model/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import features
import params

TRAIN = Path("data/train.csv")
MODEL = Path("model/model.joblib")
CARD = Path("model/model.json")


def classifier(kind: str, seed: int, options: dict[str, Any]) -> LogisticRegression | GradientBoostingClassifier:
    """The learner that params.yaml names, with its own options."""
    if kind == "logistic_regression":
        return LogisticRegression(max_iter=5000, random_state=seed, **options)
    if kind == "gradient_boosting":
        return GradientBoostingClassifier(random_state=seed, **options)
    raise ValueError(f"train.classifier {kind!r}: choose logistic_regression or gradient_boosting")


def build(groups: list[str], kind: str, seed: int = 0, **options: Any) -> Pipeline:
    """An untrained model: it takes its own columns from a row and scales them."""
    chosen = ColumnTransformer([("scale", StandardScaler(), features.columns(groups))])
    return Pipeline([("features", chosen), ("classifier", classifier(kind, seed, options))])


def fit(rows: pd.DataFrame, settings: dict[str, Any]) -> Pipeline:
    """Trains on these rows with a section of params.yaml."""
    options = settings.get(settings["classifier"], {})
    model = build(settings["features"], settings["classifier"], settings["seed"], **options)
    return model.fit(rows[features.ALL_COLUMNS], rows[features.LABEL])


def main() -> None:
    settings = params.load("train")
    rows = pd.read_csv(TRAIN)
    model = fit(rows, settings)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, MODEL)
    CARD.write_text(json.dumps({"rows": len(rows), "params": settings}, indent=2, sort_keys=True) + "\n")
    print(f"{settings['classifier']} on {', '.join(settings['features'])}: {len(rows)} rows -> {MODEL}")


if __name__ == "__main__":
    main()
