from __future__ import annotations

import pandas as pd

import data
import features


def test_column_name() -> None:
    assert data.column_name("worst concave points") == "worst_concave_points"
    assert data.column_name("fractal dimension error") == "error_fractal_dimension"


def test_malignant_is_one(raw: pd.DataFrame) -> None:
    assert raw[features.LABEL].value_counts().to_dict() == {0: 357, 1: 212}
    by_label = raw.groupby(features.LABEL)["mean_radius"].mean()
    assert by_label[1] > by_label[0]


def test_every_row_has_its_own_id(raw: pd.DataFrame) -> None:
    assert raw[features.ID].is_unique
    assert raw[features.ID].iloc[0] == "wdbc-0000"
