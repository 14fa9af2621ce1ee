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
from sklearn.preprocessing import OneHotEncoder, StandardScaler

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
    measures = features.columns([group for group in groups if group != features.BAND])
    inputs = [("scale", StandardScaler(), measures)]
    if features.BAND in groups:
        inputs.append(("band", OneHotEncoder(categories=[list(features.BANDS)]), [features.SLICE]))
    chosen = ColumnTransformer(inputs)
    return Pipeline([("features", chosen), ("classifier", classifier(kind, seed, options))])


def weights(rows: pd.DataFrame, malignant: dict[str, float]) -> pd.Series:
    """How much each row counts: benign ones 1, malignant ones what their band says."""
    by_band = rows[features.SLICE].map(malignant).fillna(1.0)
    return by_band.where(rows[features.LABEL] == 1, 1.0)


def fit(rows: pd.DataFrame, settings: dict[str, Any]) -> Pipeline:
    """Trains on these rows with a section of params.yaml."""
    options = settings.get(settings["classifier"], {})
    model = build(settings["features"], settings["classifier"], settings["seed"], **options)
    counts = weights(rows, settings.get("malignant_weight", {}))
    return model.fit(rows[features.INPUT_COLUMNS], rows[features.LABEL], classifier__sample_weight=counts)


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
