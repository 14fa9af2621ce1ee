"""Stage prepare: writes the training rows and the test rows."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sklearn.datasets import load_wine

from wine import params

DATA = Path("data")


def is_test(row_id: int, share: float, salt: str) -> bool:
    """Which side a row is on follows from its id alone."""
    digest = hashlib.sha256(f"{salt}:{row_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def main() -> None:
    settings = params.load("prepare")
    rows = load_wine(as_frame=True).frame.rename(columns={"target": "label"})
    rows.insert(0, "id", range(len(rows)))
    chosen = rows["id"].map(lambda row_id: is_test(row_id, settings["test_share"], settings["salt"]))
    DATA.mkdir(exist_ok=True)
    rows[~chosen].to_csv(DATA / "train.csv", index=False)
    rows[chosen].to_csv(DATA / "test.csv", index=False)
    print(f"{(~chosen).sum()} rows to learn from, {chosen.sum()} to be judged by")


if __name__ == "__main__":
    main()
