from __future__ import annotations

import pandas as pd
import pytest

import columns
import prepare


def test_all_test_days_come_after_all_training_days(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    train, test = rows
    assert train[columns.DAY].max() == "2023-05-31"
    assert test[columns.DAY].min() == "2023-06-01"


def test_recent_looks_back_only(raw: pd.DataFrame) -> None:
    shop = raw[raw[columns.SLICE] == "kiosk"].reset_index(drop=True)
    recent = prepare.add_recent(shop).reset_index(drop=True)
    sold = shop[columns.LABEL]
    assert recent[columns.DAY][0] == shop[columns.DAY][28]
    assert recent["week_ago"][0] == sold[21]
    assert recent["four_weeks"][0] == (sold[0] + sold[7] + sold[14] + sold[21]) / 4


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (columns.LABEL, -1, "a demand is negative"),
        (columns.ID, "kiosk-2023-01-01", "same id"),
        ("rain", float("nan"), "a value is missing"),
        (columns.SLICE, "airport", "unknown shops: airport"),
    ],
)
def test_check_refuses(raw: pd.DataFrame, column: str, value: object, message: str) -> None:
    broken = raw.copy()
    broken.loc[0, column] = value
    with pytest.raises(ValueError, match=message):
        prepare.check(broken)


def test_check_names_the_missing_column(raw: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="columns missing: price"):
        prepare.check(raw.drop(columns="price"))


@pytest.mark.parametrize("day", ["2022-01-01", "2030-01-01"])
def test_a_split_needs_both_sides(raw: pd.DataFrame, day: str) -> None:
    with pytest.raises(ValueError, match="there must be days before and after"):
        prepare.prepare(raw, first_test_day=day)
