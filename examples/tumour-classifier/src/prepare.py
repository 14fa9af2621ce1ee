"""Stage prepare: checks the raw data and splits it into training and test rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import features
import params

RAW = Path("data/raw.csv")
TRAIN = Path("data/train.csv")
TEST = Path("data/test.csv")


def check(frame: pd.DataFrame) -> None:
    """Refuses data that a model should not learn from."""
    missing = [name for name in (features.ID, features.LABEL, *features.ALL_COLUMNS) if name not in frame]
    if missing:
        raise ValueError(f"{RAW}: columns missing: {', '.join(missing)}")
    if frame[features.ID].duplicated().any():
        raise ValueError(f"{RAW}: two rows have the same id")
    if not set(frame[features.LABEL]) <= {0, 1}:
        raise ValueError(f"{RAW}: a label is neither 0 nor 1")
    values = frame[features.ALL_COLUMNS]
    if values.isna().any().any() or (values < 0).any().any():
        raise ValueError(f"{RAW}: a measure is missing or negative")


def is_test(row_id: str, share: float, salt: str) -> bool:
    """Which side a row is on follows from its id alone.

    So a row stays on its side when others come or go, and no row is ever
    learned from in one version of the data and judged by in the next.
    """
    digest = hashlib.sha256(f"{salt}:{row_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def split(frame: pd.DataFrame, share: float, salt: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The training rows and the test rows."""
    chosen = frame[features.ID].map(lambda row_id: is_test(row_id, share, salt))
    return frame[~chosen], frame[chosen]


def prepare(
    frame: pd.DataFrame, test_share: float, salt: str, outline_cuts: Sequence[float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """From checked raw data to the two files that training and evaluation read."""
    check(frame)
    band = features.outline_band(frame["mean_fractal_dimension"], outline_cuts)
    return split(frame.assign(**{features.SLICE: band}), test_share, salt)


def main() -> None:
    train, test = prepare(pd.read_csv(RAW), **params.load("prepare"))
    for path, rows in ((TRAIN, train), (TEST, test)):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(path, index=False)
        print(f"{len(rows)} rows, {rows[features.LABEL].sum()} malignant -> {path}")


if __name__ == "__main__":
    main()
