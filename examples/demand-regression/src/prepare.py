"""Stage prepare: checks the raw data, adds what was sold lately, and splits by day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import columns
import params

RAW = Path("data/raw.csv")
TRAIN = Path("data/train.csv")
TEST = Path("data/test.csv")


def check(frame: pd.DataFrame) -> None:
    """Refuses data that a model should not learn from."""
    given = [name for name in columns.ALL_FEATURES if name not in columns.GROUPS["recent"]]
    missing = [name for name in (columns.ID, columns.DAY, columns.LABEL, *given) if name not in frame]
    if missing:
        raise ValueError(f"{RAW}: columns missing: {', '.join(missing)}")
    if frame[columns.ID].duplicated().any():
        raise ValueError(f"{RAW}: two rows have the same id")
    if frame[[columns.LABEL, *given]].isna().any().any() or (frame[columns.LABEL] < 0).any():
        raise ValueError(f"{RAW}: a value is missing, or a demand is negative")
    strangers = sorted(set(frame[columns.SLICE]) - set(columns.SHOPS))
    if strangers:
        raise ValueError(f"{RAW}: unknown shops: {', '.join(strangers)}")


def add_recent(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds what the shop sold a week before, and on average in the four weeks before.

    Both look back by whole weeks at least, so no day knows of itself or of what
    comes after it. The first four weeks have no past and are left out.
    """
    ordered = frame.sort_values([columns.SLICE, columns.DAY])
    sold = ordered.groupby(columns.SLICE)[columns.LABEL]
    weeks = [sold.shift(7 * n) for n in range(1, 5)]
    recent = ordered.assign(week_ago=weeks[0], four_weeks=sum(weeks) / len(weeks))
    return recent.dropna().sort_values([columns.DAY, columns.SLICE])


def prepare(frame: pd.DataFrame, first_test_day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The training rows, and the test rows, which all come later."""
    check(frame)
    rows = add_recent(frame)
    later = rows[columns.DAY] >= str(first_test_day)
    if later.all() or not later.any():
        raise ValueError(f"prepare.first_test_day {first_test_day}: there must be days before and after it")
    return rows[~later], rows[later]


def main() -> None:
    train, test = prepare(pd.read_csv(RAW), **params.load("prepare"))
    for path, rows in ((TRAIN, train), (TEST, test)):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(path, index=False)
        print(f"{len(rows)} rows, {rows[columns.DAY].min()} to {rows[columns.DAY].max()} -> {path}")


if __name__ == "__main__":
    main()
