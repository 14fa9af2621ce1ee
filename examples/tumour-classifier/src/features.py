"""What the columns are called and which of them a model may see.

Every stage imports its names from here, so that preparation, training and
evaluation cannot disagree about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

ID = "id"
LABEL = "label"  # 1: malignant, 0: benign
SLICE = "outline_band"
BANDS = ("smooth", "medium", "ragged")

# The ten things measured on every cell nucleus, and what is known of each:
# the mean over the nuclei of one sample, its standard error, and the worst
# (the mean of the three largest values).
MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)
GROUPS = ("mean", "error", "worst")

# What may be asked for beside them: the band itself, as a class.
BAND = "band"


def columns(groups: Iterable[str]) -> list[str]:
    """The feature columns of these groups, in a fixed order."""
    chosen = list(groups)
    unknown = sorted(set(chosen) - set(GROUPS))
    if unknown or not chosen:
        raise ValueError(f"feature groups {chosen}: choose from {', '.join(GROUPS)}")
    return [f"{group}_{measure}" for group in GROUPS if group in chosen for measure in MEASURES]


ALL_COLUMNS = columns(GROUPS)
INPUT_COLUMNS = [*ALL_COLUMNS, SLICE]  # all that a model may see of a row


def outline_band(fractal_dimension: pd.Series, cuts: Sequence[float]) -> pd.Series:
    """How ragged the outline of the nuclei is: the band of the mean fractal dimension."""
    low, high = cuts
    if not low < high:
        raise ValueError(f"outline_cuts {list(cuts)}: the first must be below the second")
    edges = [float("-inf"), low, high, float("inf")]
    return pd.cut(fractal_dimension, bins=edges, labels=list(BANDS)).astype(str)
