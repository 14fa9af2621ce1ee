from __future__ import annotations

import pandas as pd
import pytest

import data


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    return data.load()
