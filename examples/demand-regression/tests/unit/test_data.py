from __future__ import annotations

import datetime

import pandas as pd
import pytest

import columns
import data

MONDAY = datetime.date(2023, 6, 5)


def test_the_same_seed_gives_the_same_rows(raw: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(raw, data.generate(seed=1, days=200))
    assert not raw.equals(data.generate(seed=2, days=200))


def test_every_shop_has_every_day(raw: pd.DataFrame) -> None:
    assert raw[columns.ID].is_unique
    assert raw.groupby(columns.SLICE)[columns.DAY].nunique().to_dict() == dict.fromkeys(columns.SHOPS, 200)


@pytest.mark.parametrize("shop", columns.SHOPS)
def test_a_higher_price_sells_less_and_a_promotion_more(shop: str) -> None:
    def demand(price: float, promotion: bool) -> float:
        return data.expected(data.SHOPS[shop], MONDAY, 10, 0, price, promotion)

    assert demand(3.3, False) < demand(3.0, False) < demand(3.0, True)
