from __future__ import annotations

import pandas as pd
import pytest

import features
import prepare

CUTS = [0.0592, 0.0644]


def test_no_row_is_on_both_sides_and_none_is_lost(raw: pd.DataFrame) -> None:
    train, test = prepare.prepare(raw, test_share=0.5, salt="x", outline_cuts=CUTS)
    assert set(train[features.ID]).isdisjoint(test[features.ID])
    assert len(train) + len(test) == len(raw)
    assert 0.4 < len(test) / len(raw) < 0.6


def test_a_row_stays_on_its_side_when_others_go(raw: pd.DataFrame) -> None:
    _, everything = prepare.split(raw, 0.5, "x")
    _, fewer = prepare.split(raw.iloc[::3], 0.5, "x")
    assert set(fewer[features.ID]) <= set(everything[features.ID])


def test_every_band_has_rows_to_judge_by(raw: pd.DataFrame) -> None:
    _, test = prepare.prepare(raw, test_share=0.5, salt="x", outline_cuts=CUTS)
    counts = test.groupby([features.SLICE, features.LABEL]).size()
    assert set(test[features.SLICE]) == set(features.BANDS)
    assert counts.min() >= 20


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (features.LABEL, 2, "neither 0 nor 1"),
        (features.ID, "wdbc-0001", "same id"),
        ("mean_area", -1.0, "missing or negative"),
        ("worst_area", float("nan"), "missing or negative"),
    ],
)
def test_check_refuses(raw: pd.DataFrame, column: str, value: object, message: str) -> None:
    broken = raw.copy()
    broken.loc[0, column] = value
    with pytest.raises(ValueError, match=message):
        prepare.check(broken)


def test_check_names_the_missing_column(raw: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="columns missing: mean_area"):
        prepare.check(raw.drop(columns="mean_area"))
