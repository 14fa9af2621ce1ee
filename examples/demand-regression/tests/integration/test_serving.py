"""Model and feature store together, as the shops use them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

import columns
import forecast
import serving


@pytest.fixture(scope="session")
def members() -> list[Pipeline]:
    return forecast.load()


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    return pd.read_csv("data/test.csv").head(40)


@pytest.fixture(scope="session")
def store(rows: pd.DataFrame) -> serving.Store:
    """The store, filled by several writers at once."""
    client = serving.Store(os.environ["STORE_URL"])
    records = rows[columns.ALL_FEATURES].to_dict("records")
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(client.put, rows[columns.ID], records))
    return client


def test_a_forecast_is_the_same_through_the_store(
    members: list[Pipeline], store: serving.Store, rows: pd.DataFrame
) -> None:
    served = [serving.loaves(members, store, row_id) for row_id in rows[columns.ID]]
    np.testing.assert_array_equal(served, forecast.demand(members, rows))


def test_a_row_that_is_not_there_is_no_forecast(members: list[Pipeline], store: serving.Store) -> None:
    with pytest.raises(serving.UnknownRow, match="no row kiosk-1999-01-01"):
        serving.loaves(members, store, "kiosk-1999-01-01")


def test_a_row_without_its_features_is_no_forecast(members: list[Pipeline], store: serving.Store) -> None:
    store.put("half", {"price": 3.0})
    with pytest.raises(ValueError, match="row half of the store lacks shop, weekday"):
        serving.loaves(members, store, "half")
