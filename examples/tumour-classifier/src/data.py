"""Stage data: writes data/raw.csv, the 569 samples that scikit-learn ships.

The Wisconsin breast cancer data: thirty measures of the cell nuclei in a fine
needle aspirate, and what the tumour turned out to be. A real team would fetch
its data here; this needs no network.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer

import features

OUTPUT = Path("data/raw.csv")
MALIGNANT = 0  # scikit-learn's target has it the other way round


def column_name(name: str) -> str:
    """"mean radius" becomes mean_radius, "radius error" becomes error_radius."""
    words = name.split()
    if words[-1] == "error":
        words = ["error", *words[:-1]]
    return "_".join(words)


def load() -> pd.DataFrame:
    """All samples: an id, the label, and the thirty features."""
    source = load_breast_cancer(as_frame=True)
    frame = source.data.rename(columns=column_name)[features.ALL_COLUMNS]
    # The data comes without ids: a row's place in scikit-learn's file is one.
    frame.insert(0, features.ID, [f"wdbc-{row:04d}" for row in range(len(frame))])
    frame.insert(1, features.LABEL, (source.target == MALIGNANT).astype(int))
    return frame


def main() -> None:
    frame = load()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(OUTPUT, index=False)
    print(f"{len(frame)} samples, {frame[features.LABEL].sum()} malignant -> {OUTPUT}")


if __name__ == "__main__":
    main()
