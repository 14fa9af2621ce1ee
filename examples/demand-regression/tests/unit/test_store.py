"""The store by itself; that it and the model understand each other is tests/integration."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

import serving
import store


@pytest.fixture
def url() -> Iterator[str]:
    server = store.serve(port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_was_put_is_got(url: str) -> None:
    client = serving.Store(url)
    client.put("café/2025 #1", {"rain": 0.1})
    client.put("café/2025 #1", {"rain": 0.2})
    assert client.get("café/2025 #1") == {"rain": 0.2}


def test_what_is_not_there_is_said(url: str) -> None:
    with pytest.raises(serving.UnknownRow, match="no row kiosk-1"):
        serving.Store(url).get("kiosk-1")


@pytest.mark.parametrize(("path", "body"), [("/rows/a", b"{"), ("/rows/", b"{}"), ("/", b"{}"), ("/rows/a", b"")])
def test_nonsense_is_refused(url: str, path: str, body: bytes) -> None:
    request = urllib.request.Request(url + path, data=body, method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=10)


def test_the_check_needs_a_store() -> None:
    server = store.serve(port=0)
    server.server_close()
    with pytest.raises(urllib.error.URLError):
        store.check(server.server_port)
