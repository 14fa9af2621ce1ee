"""Reads params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def load(section: str, path: Path = Path("params.yaml")) -> dict[str, Any]:
    """The parameters of one section."""
    with path.open(encoding="utf-8") as file:
        document = yaml.safe_load(file)
    try:
        return dict(document[section])
    except (KeyError, TypeError) as error:
        raise KeyError(f"{path} has no section {section!r}") from error
