from __future__ import annotations

import pandas as pd
import pytest

import data
import prepare


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    return data.generate(seed=1, days=200)


@pytest.fixture(scope="session")
def rows(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return prepare.prepare(raw, first_test_day="2023-06-01")
