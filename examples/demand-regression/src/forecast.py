"""What a model is to those who ask it: its members, whose forecasts are averaged."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

import columns

MODEL = Path("model")


def load(model: Path = MODEL) -> list[Pipeline]:
    """The members, in one order."""
    members = [joblib.load(path) for path in sorted(model.glob("*.joblib"))]
    if not members:
        raise FileNotFoundError(f"{model}/ has no member *.joblib")
    return members


def demand(members: list[Pipeline], rows: pd.DataFrame) -> np.ndarray:
    """The mean of the members' forecasts; nobody asks for less than no bread."""
    mean = np.mean([member.predict(rows[columns.ALL_FEATURES]) for member in members], axis=0)
    return np.maximum(mean, 0.0)
