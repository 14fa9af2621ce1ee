from __future__ import annotations

import pandas as pd
import pytest

import features


def test_columns_keep_one_order_whatever_is_asked_first() -> None:
    assert features.columns(["worst", "mean"]) == features.columns(["mean", "worst"])
    assert len(features.columns(["mean", "worst"])) == 20


@pytest.mark.parametrize("groups", [[], ["means"], ["mean", "best"]])
def test_columns_refuse_unknown_groups(groups: list[str]) -> None:
    with pytest.raises(ValueError, match="choose from mean, error, worst"):
        features.columns(groups)


def test_outline_band_puts_the_cut_itself_in_the_lower_band() -> None:
    bands = features.outline_band(pd.Series([0.05, 0.06, 0.0601, 0.07, 0.08]), [0.06, 0.07])
    assert list(bands) == ["smooth", "smooth", "medium", "medium", "ragged"]


def test_outline_band_refuses_cuts_in_the_wrong_order() -> None:
    with pytest.raises(ValueError, match="the first must be below the second"):
        features.outline_band(pd.Series([0.05]), [0.07, 0.06])
