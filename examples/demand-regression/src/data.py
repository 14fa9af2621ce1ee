"""Stage data: makes up what four bakery shops sell, day by day.

The numbers are invented, from a seed: see README.md. A real team would fetch
its data here; this needs no network.
"""

from __future__ import annotations

import datetime
import math
import random
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import columns
import params

OUTPUT = Path("data/raw.csv")
FIRST_DAY = datetime.date(2023, 1, 1)
HOLIDAYS = {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)}


@dataclass(frozen=True)
class Shop:
    """How a shop's demand comes about."""

    loaves: float  # on an ordinary day
    week: tuple[float, ...]  # Monday to Sunday
    warmth: float  # what ten degrees more do, as a share
    rain: float  # what ten millimetres of rain do, as a share
    elasticity: float  # of the price


SHOPS = {
    "campus": Shop(90, (1.2, 1.25, 1.25, 1.2, 1.0, 0.4, 0.3), -0.05, -0.02, -1.6),
    "kiosk": Shop(60, (0.9, 0.9, 0.9, 0.95, 1.0, 1.25, 1.3), 0.15, -0.15, -0.8),
    "market": Shop(140, (0.8, 0.85, 1.0, 0.9, 1.1, 1.5, 0.7), 0.04, -0.10, -1.2),
    "station": Shop(120, (1.15, 1.1, 1.1, 1.1, 1.15, 0.7, 0.6), -0.02, 0.04, -0.5),
}


def weather(day: datetime.date, rng: random.Random) -> tuple[float, float]:
    """The temperature in °C, and the rain in millimetres."""
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365.25)
    temperature = 10 + 9 * season + rng.gauss(0, 3.5)
    rain = rng.expovariate(1 / 6) if rng.random() < 0.35 else 0.0
    return round(temperature, 1), round(rain, 1)


def expected(shop: Shop, day: datetime.date, temperature: float, rain: float, price: float, promotion: bool) -> float:
    """The demand without chance."""
    demand = shop.loaves * shop.week[day.weekday()]
    demand *= 1 + 0.04 * ((day - FIRST_DAY).days / 365.25)
    demand *= 1 + shop.warmth * (temperature - 10) / 10 + shop.rain * min(rain, 20) / 10
    demand *= (price / 3.0) ** shop.elasticity
    if promotion:
        demand *= 1.25
    if (day.month, day.day) in HOLIDAYS:
        demand *= 0.35
    return max(demand, 0.0)


def generate(seed: int, days: int) -> pd.DataFrame:
    """One row for each shop and day. The same seed gives the same rows."""
    rng = random.Random(seed)
    rows = []
    for offset in range(days):
        day = FIRST_DAY + datetime.timedelta(days=offset)
        temperature, rain = weather(day, rng)
        for name, shop in SHOPS.items():
            price = rng.choice((2.8, 3.0, 3.0, 3.0, 3.3))
            promotion = rng.random() < 0.1
            mean = expected(shop, day, temperature, rain, price, promotion)
            rows.append(
                {
                    columns.ID: f"{name}-{day}",
                    columns.DAY: day.isoformat(),
                    columns.LABEL: max(0, round(mean * math.exp(rng.gauss(0, 0.09)))),
                    columns.SLICE: name,
                    "weekday": day.weekday(),
                    "yearday": day.timetuple().tm_yday,
                    "holiday": int((day.month, day.day) in HOLIDAYS),
                    "temperature": temperature,
                    "rain": rain,
                    "price": price,
                    "promotion": int(promotion),
                }
            )
    return pd.DataFrame(rows)


def main() -> None:
    frame = generate(**params.load("data"))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(OUTPUT, index=False)
    print(f"{len(frame)} rows, {frame[columns.DAY].min()} to {frame[columns.DAY].max()} -> {OUTPUT}")


if __name__ == "__main__":
    main()
