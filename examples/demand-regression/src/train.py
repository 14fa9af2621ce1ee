"""Stage train: fits one member of the ensemble, with the seed that it is given."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

import columns
import params

TRAIN = Path("data/train.csv")
MODELS = Path("models")


def fit(rows: pd.DataFrame, seed: int, features: list[str], **options: Any) -> Pipeline:
    """A model that takes its own columns from a row. Each tree sees a random share
    of the rows, so members with different seeds err differently."""
    names = columns.features(features)
    shops = OneHotEncoder(categories=[list(columns.SHOPS)])
    encode = ColumnTransformer([("shop", shops, [columns.SLICE]), ("as_is", "passthrough", names[1:])])
    learner = GradientBoostingRegressor(random_state=seed, **options)
    return Pipeline([("encode", encode), ("learn", learner)]).fit(rows[names], rows[columns.LABEL])


def main() -> None:
    seed, settings = int(sys.argv[1]), params.load("train")
    rows = pd.read_csv(TRAIN)
    path = MODELS / str(seed) / "model.joblib"
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(fit(rows, seed, **settings), path)
    print(f"seed {seed} on {', '.join(settings['features'])}: {len(rows)} rows -> {path}")


if __name__ == "__main__":
    main()
