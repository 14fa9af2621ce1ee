"""Stage train: fits the classifier."""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from wine import params


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--seed", type=int)
    args = parser.parse_args()
    settings = params.load("train")
    seed = settings["seed"] if args.seed is None else args.seed
    rows = pd.read_csv("data/train.csv")
    model = RandomForestClassifier(settings["trees"], max_depth=settings["depth"], random_state=seed)
    model.fit(rows.drop(columns=["id", "label"]), rows["label"])
    args.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, args.model)


if __name__ == "__main__":
    main()
