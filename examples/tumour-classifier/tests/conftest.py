from __future__ import annotations

import pandas as pd
import pytest

import data
import features


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    frame = data.load()
    return frame.assign(**{features.SLICE: features.outline_band(frame["mean_fractal_dimension"], [0.0592, 0.0644])})
