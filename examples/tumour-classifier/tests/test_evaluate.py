from __future__ import annotations

import pandas as pd
import pytest

import evaluate


def test_measure_counts_what_was_found() -> None:
    predictions = pd.DataFrame({"label": [1, 1, 1, 1, 0, 0], "score": [0.9, 0.5, 0.6, 0.4, 0.7, 0.1]})
    metrics = evaluate.measure(predictions)
    assert metrics["recall"] == pytest.approx(3 / 4)
    assert metrics["precision"] == pytest.approx(3 / 4)
    assert metrics["accuracy"] == pytest.approx(4 / 6)
    assert metrics["rows"] == 6


def test_measure_of_a_model_that_finds_nothing() -> None:
    predictions = pd.DataFrame({"label": [1, 0], "score": [0.1, 0.2]})
    assert evaluate.measure(predictions)["recall"] == 0
