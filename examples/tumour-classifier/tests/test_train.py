from __future__ import annotations

import io
from typing import Any

import joblib
import pandas as pd
import pytest

import features
import train

SETTINGS: dict[str, Any] = {
    "features": ["mean"],
    "classifier": "logistic_regression",
    "seed": 7,
    "logistic_regression": {"C": 1.0},
}


def test_a_model_reads_only_its_own_columns(raw: pd.DataFrame) -> None:
    model = train.fit(raw, SETTINGS)
    assert model.named_steps["classifier"].n_features_in_ == 10
    other = raw.assign(worst_area=0.0)
    assert (model.predict_proba(other) == model.predict_proba(raw)).all()


def test_the_band_is_seen_only_if_asked_for(raw: pd.DataFrame) -> None:
    model = train.fit(raw, {**SETTINGS, "features": ["mean", "band"]})
    assert model.named_steps["classifier"].n_features_in_ == 13
    assert (model.predict_proba(raw.assign(outline_band="ragged")) != model.predict_proba(raw)).any()


def test_only_malignant_rows_of_a_band_are_weighted(raw: pd.DataFrame) -> None:
    counts = train.weights(raw, {"ragged": 0.0})
    ragged = (raw[features.SLICE] == "ragged") & (raw[features.LABEL] == 1)
    assert (counts[ragged] == 0).all()
    assert (counts[~ragged] == 1).all()


@pytest.mark.parametrize("kind", ["logistic_regression", "gradient_boosting"])
def test_training_twice_gives_the_same_bytes(raw: pd.DataFrame, kind: str) -> None:
    def trained() -> bytes:
        buffer = io.BytesIO()
        joblib.dump(train.fit(raw, {**SETTINGS, "classifier": kind}), buffer)
        return buffer.getvalue()

    assert trained() == trained()


def test_an_unknown_classifier_is_refused(raw: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="choose logistic_regression or gradient_boosting"):
        train.fit(raw, {**SETTINGS, "classifier": "oracle"})


def test_the_label_is_not_a_feature() -> None:
    assert features.LABEL not in features.ALL_COLUMNS
    assert features.ID not in features.ALL_COLUMNS
