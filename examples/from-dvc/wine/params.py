"""The parameters of a stage, from params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def load(section: str) -> dict[str, Any]:
    """One section of params.yaml."""
    return yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))[section]
