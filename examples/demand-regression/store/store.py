"""A small feature store: rows of features by id, in SQLite, over HTTP.

    PUT /rows/ID   a JSON object   204: stored; it replaces what was there
    GET /rows/ID                   200 with the object, or 404
    GET /health                    200: SQLite answers

"python store.py" serves, "python store.py check" asks a running one whether it
is well: that is the service's health command in muster.yaml.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

PORT = 8080
ROWS = "/rows/"
LARGEST_ROW = 1 << 20


class Rows:
    """The table. SQLite has one connection here, and requests come at once."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, features TEXT NOT NULL)")

    def put(self, row_id: str, features: str) -> None:
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (row_id, features))

    def get(self, row_id: str) -> str | None:
        with self._lock:
            found = self._db.execute("SELECT features FROM rows WHERE id = ?", (row_id,)).fetchone()
        return found[0] if found else None

    def count(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM rows").fetchone()[0])


class Handler(BaseHTTPRequestHandler):
    rows: Rows

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(HTTPStatus.OK, json.dumps({"rows": self.rows.count()}))
            return
        row_id = self._row_id()
        features = self.rows.get(row_id) if row_id else None
        if features is None:
            self._answer(HTTPStatus.NOT_FOUND, json.dumps({"error": f"no row {row_id!r}"}))
            return
        self._answer(HTTPStatus.OK, features)

    def do_PUT(self) -> None:
        row_id, length = self._row_id(), int(self.headers.get("Content-Length") or 0)
        if not row_id or not 0 < length <= LARGEST_ROW:
            self._answer(HTTPStatus.BAD_REQUEST, json.dumps({"error": "PUT a JSON object to /rows/ID"}))
            return
        try:
            features = json.loads(self.rfile.read(length))
        except ValueError as error:
            self._answer(HTTPStatus.BAD_REQUEST, json.dumps({"error": f"the row is no JSON: {error}"}))
            return
        self.rows.put(row_id, json.dumps(features))
        self._answer(HTTPStatus.NO_CONTENT)

    def _row_id(self) -> str:
        return unquote(self.path[len(ROWS) :]) if self.path.startswith(ROWS) else ""

    def _answer(self, status: HTTPStatus, body: str = "") -> None:
        data = body.encode()
        self.send_response(status)
        if data:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(port: int = PORT) -> ThreadingHTTPServer:
    """A server that listens on all addresses; the caller lets it run."""
    handler = type("StoreHandler", (Handler,), {"rows": Rows()})
    return ThreadingHTTPServer(("", port), handler)


def check(port: int = PORT) -> None:
    """Fails unless a running store answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
        print(answer.read().decode())


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        check()
    else:
        serve().serve_forever()
