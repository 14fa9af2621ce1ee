"""Stage ensemble: gathers the trained members in model/."""

from __future__ import annotations

import shutil
from pathlib import Path

MODELS = Path("models")
MODEL = Path("model")


def gather(models: Path, model: Path) -> list[Path]:
    """Copies models/SEED/model.joblib to model/SEED.joblib."""
    model.mkdir(parents=True, exist_ok=True)
    members = sorted(models.glob("*/model.joblib"))
    return [Path(shutil.copyfile(path, model / f"{path.parent.name}.joblib")) for path in members]


def main() -> None:
    members = gather(MODELS, MODEL)
    print(f"{len(members)} members -> {MODEL}/")


if __name__ == "__main__":
    main()
