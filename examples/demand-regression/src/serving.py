"""What runs in the shops: a forecast from the features that the store has."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import pandas as pd
from sklearn.pipeline import Pipeline

import columns
import forecast


class UnknownRow(LookupError):
    """The store has no features of that id."""


class Store:
    """The feature store, by HTTP; see store/store.py."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def put(self, row_id: str, features: dict[str, Any]) -> None:
        self._call(row_id, "PUT", json.dumps(features).encode())

    def get(self, row_id: str) -> dict[str, Any]:
        try:
            return dict(json.loads(self._call(row_id, "GET")))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise UnknownRow(f"the store has no row {row_id}") from error
            raise

    def _call(self, row_id: str, method: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"{self._url}/rows/{quote(row_id, safe='')}", data=body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())


def loaves(members: list[Pipeline], store: Store, row_id: str) -> float:
    """How many loaves to bake, by the id of a shop and day."""
    features = store.get(row_id)
    missing = [name for name in columns.ALL_FEATURES if name not in features]
    if missing:
        raise ValueError(f"row {row_id} of the store lacks {', '.join(missing)}")
    return float(forecast.demand(members, pd.DataFrame([features]))[0])
