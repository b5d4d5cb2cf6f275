#!/usr/bin/python3
"""An application service that fails in one way, as a process that can be killed at any moment.

    faulty_appservice.py --port N --fault FAULT --remembers last|all --log FILE --calm FILE --seed N

It appends one JSON object for each request to the log before it answers: once written that outlives the
process, and is its only memory. Every other request, by chance, meets its fault, until the file --calm is
there:

    none       always acknowledges
    slow       takes up to half a second to acknowledge
    failing    answers 500
    dropping   reads the request and closes the connection
    losing     takes the transaction, and closes the connection without an answer
    refusing   answers 500 to all, not to every other one
"""

import argparse
import hashlib
import http.server
import itertools
import json
import os
import pathlib
import random
import threading
import time
import urllib.parse

FAULTS = ("none", "slow", "failing", "dropping", "losing", "refusing")
_NOT_TAKING = ("failing", "dropping", "refusing")
_SLOW_SECONDS_MAX = 0.5


class TransactionLog:
    """What was asked, in the order of arrival, and which transactions were taken. Thread-safe."""

    def __init__(self, path: pathlib.Path, remembers: str) -> None:
        self._lock = threading.Lock()
        self._remembers = remembers
        self._taken: list[str] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        kept = path.read_bytes()
        # A kill in the middle of a line: that request had no answer, and so was not taken.
        whole = kept[: kept.rfind(b"\n") + 1]
        os.ftruncate(self._descriptor, len(whole))
        for line in whole.splitlines():
            entry = json.loads(line)
            if entry["taken"] == "yes":
                self._taken.append(entry["txn_id"])

    def add(self, entry: dict, takes: bool) -> None:
        """Takes the transaction, unless it is known, if it `takes` anything now."""
        with self._lock:
            known = self._taken[-1:] if self._remembers == "last" else self._taken
            new = entry["txn_id"] not in known
            entry["taken"] = "no" if not takes else "yes" if new else "known"
            entry["at"] = time.monotonic()  # The same for all processes of a machine.
            os.write(self._descriptor, json.dumps(entry).encode() + b"\n")
            if entry["taken"] == "yes":
                self._taken.append(entry["txn_id"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Head and body of an answer are written apart.
    # Set by `main`.
    fault: str
    calm: pathlib.Path
    chance: random.Random
    log: TransactionLog
    requests = itertools.count()

    def setup(self) -> None:
        super().setup()
        self.connected_at = time.monotonic()

    def do_PUT(self) -> None:
        body_bytes = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(body_bytes)
        if len(body) < body_bytes:  # Its sender died.
            self.close_connection = True
            return
        fault = self._fault_now()
        entry = {
            "txn_id": urllib.parse.unquote(self.path.partition("?")[0].rpartition("/")[2]),
            "sha256": hashlib.sha256(body).hexdigest(),
            "event_ids": [event["event_id"] for event in json.loads(body)["events"]],
            "fault": fault,
            "connected_at": self.connected_at,
        }
        self.log.add(entry, takes=fault not in _NOT_TAKING)
        if fault == "slow":
            time.sleep(self.chance.uniform(0, _SLOW_SECONDS_MAX))
        if fault in ("dropping", "losing"):
            self.close_connection = True
        else:
            self._answer(500 if fault in ("failing", "refusing") else 200)

    def do_GET(self) -> None:
        self._answer(404)

    def _fault_now(self) -> str:
        if self.calm.exists():
            return "none"
        first = next(self.requests) == 0  # Always, so that each has its fault however often it is killed.
        faulty = first or self.fault == "refusing" or self.chance.random() < 0.5
        return self.fault if faulty else "none"

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass  # Its target has a token.


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, *_: object) -> None:
        pass  # Whoever was connected has been killed.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--fault", choices=FAULTS, required=True)
    parser.add_argument("--remembers", choices=("last", "all"), required=True)
    parser.add_argument("--log", type=pathlib.Path, required=True)
    parser.add_argument("--calm", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    Handler.fault = options.fault
    Handler.calm = options.calm
    Handler.chance = random.Random(options.seed)
    Handler.log = TransactionLog(options.log, options.remembers)
    Server(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
