from __future__ import annotations

import io
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import columns
import ensemble
import evaluate
import forecast
import train

Rows = tuple[pd.DataFrame, pd.DataFrame]
SETTINGS = {"features": ["calendar", "weather"], "n_estimators": 20, "subsample": 0.6}


def test_a_seed_gives_the_same_bytes_and_another_seed_another_model(rows: Rows) -> None:
    def trained(seed: int) -> bytes:
        buffer = io.BytesIO()
        joblib.dump(train.fit(rows[0], seed, **SETTINGS), buffer)
        return buffer.getvalue()

    assert trained(1) == trained(1) != trained(2)


def test_a_model_reads_only_its_own_columns(rows: Rows) -> None:
    model = train.fit(rows[0], 1, **SETTINGS)
    other = rows[1].assign(price=99.0, week_ago=0.0)
    assert (forecast.demand([model], other) == forecast.demand([model], rows[1])).all()


def test_unknown_features_are_refused(rows: Rows) -> None:
    with pytest.raises(ValueError, match="choose from calendar, weather, price, recent"):
        train.fit(rows[0], 1, features=["horoscope"])


def test_it_is_better_than_the_mean_of_each_shop(rows: Rows) -> None:
    members = [train.fit(rows[0], 1, **SETTINGS)]
    mae = evaluate.measure(evaluate.predict(members, rows[1]))["mae"]
    means = rows[1][columns.SLICE].map(rows[0].groupby(columns.SLICE)[columns.LABEL].mean())
    assert mae < 0.6 * (means - rows[1][columns.LABEL]).abs().mean()


def test_the_ensemble_is_the_mean_of_its_members(rows: Rows, tmp_path: Path) -> None:
    for seed in (1, 2):
        path = tmp_path / "models" / str(seed) / "model.joblib"
        path.parent.mkdir(parents=True)
        joblib.dump(train.fit(rows[0], seed, **SETTINGS), path)
    gathered = ensemble.gather(tmp_path / "models", tmp_path / "model")
    assert [path.name for path in gathered] == ["1.joblib", "2.joblib"]
    members = forecast.load(tmp_path / "model")
    single = [forecast.demand([member], rows[1]) for member in members]
    np.testing.assert_allclose(forecast.demand(members, rows[1]), np.mean(single, axis=0))


def test_no_members_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="has no member"):
        forecast.load(tmp_path)
