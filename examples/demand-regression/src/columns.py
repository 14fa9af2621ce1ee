"""What the columns are called and which of them a model may see.

Every stage imports its names from here, so that preparation, training,
evaluation and the forecast service cannot disagree about them.
"""

from __future__ import annotations

from collections.abc import Iterable

ID = "id"
DAY = "day"
LABEL = "demand"  # loaves that customers asked for
SLICE = "shop"
SHOPS = ("campus", "kiosk", "market", "station")

GROUPS = {
    "calendar": ("weekday", "yearday", "holiday"),
    "weather": ("temperature", "rain"),
    "price": ("price", "promotion"),
    "recent": ("week_ago", "four_weeks"),
}


def features(groups: Iterable[str]) -> list[str]:
    """The feature columns of these groups, in a fixed order. The shop is always one."""
    chosen = list(groups)
    unknown = sorted(set(chosen) - set(GROUPS))
    if unknown or not chosen:
        raise ValueError(f"feature groups {chosen}: choose from {', '.join(GROUPS)}")
    return [SLICE, *(name for group, names in GROUPS.items() if group in chosen for name in names)]


ALL_FEATURES = features(GROUPS)
