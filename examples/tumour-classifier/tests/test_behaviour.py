"""Does a trained model act as a doctor would expect? Its accuracy is the gate's business."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

import evaluate
import features
import prepare
import train

pytestmark = pytest.mark.behaviour

SETTINGS = {"features": ["mean"], "classifier": "logistic_regression", "seed": 7}


@pytest.fixture(scope="module")
def rows(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return prepare.prepare(raw, test_share=0.5, salt="behaviour", outline_cuts=[0.0592, 0.0644])


@pytest.fixture(scope="module")
def model(rows: tuple[pd.DataFrame, pd.DataFrame]) -> Pipeline:
    return train.fit(rows[0], SETTINGS)


def test_it_is_better_than_always_saying_benign(model: Pipeline, rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    metrics = evaluate.measure(evaluate.predict(model, rows[1]))
    assert metrics["accuracy"] > (rows[1][features.LABEL] == 0).mean() + 0.2


def test_larger_and_darker_nuclei_are_never_less_suspect(
    model: Pipeline, rows: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    before = rows[1]
    larger = before.copy()
    for name in ("mean_radius", "mean_perimeter", "mean_area", "mean_texture"):
        larger[name] *= 1.1
    scores = [evaluate.predict(model, frame)["score"] for frame in (before, larger)]
    assert (scores[1] >= scores[0]).all()


def test_the_order_of_rows_does_not_matter(model: Pipeline, rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    straight = evaluate.predict(model, rows[1]).set_index(features.ID)["score"]
    reversed_rows = evaluate.predict(model, rows[1].iloc[::-1]).set_index(features.ID)["score"]
    pd.testing.assert_series_equal(straight.sort_index(), reversed_rows.sort_index())
