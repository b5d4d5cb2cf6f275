"""PostgreSQL away, and its disk full: nothing crashes, readiness says so, all resumes, nothing is lost."""

import contextlib
import os
import pathlib
import subprocess
import time
import unittest

from crash_fixture import CrashTestCase
from matrix_client import MatrixClient, Response
from polling import eventually
from stack_fixture import SERVICES

from local import probes

# These keep what they answer with in PostgreSQL; query_proxy and the gateway have no database.
_STORED = ("registry", "push_dispatcher", "homeserver")
_AWAY_SECONDS = float(os.environ.get("CAUSEWAY_OUTAGE_SECONDS", "15"))
_ANSWER_SECONDS_MAX = 15
_REFUSED_SECONDS_MAX = 30
_DISK_BYTES = 256 << 20
# A process repeats what fails once a second at most, in a few places; a storm would be thousands.
_LOG_LINES_PER_SECOND_MAX = 20


class OutageTestCase(CrashTestCase):
    def pids(self) -> dict[str, int | None]:
        return {name: self.stack.processes[name].pid for name in SERVICES}

    def assert_none_has_ended(self, pids: dict[str, int | None]) -> None:
        self.assertEqual(self.pids(), pids)
        for name in SERVICES:
            self.assertTrue(self.stack.processes[name].alive(), f"{name} lives")

    def readiness(self, name: str) -> probes.Answer:
        return probes.get(self.stack.settings.http_ports[name], "/readyz", timeout_s=10)

    def log_lines(self) -> dict[str, int]:
        return {name: self.stack.state.log_file(name).read_bytes().count(b"\n") for name in SERVICES}


class PostgresAwayTest(OutageTestCase):
    def test_all_wait_for_it_and_go_on_by_themselves(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#away")
        alice = self.person("alice")
        room = alice.join(bridge.alias)
        alice.send(room, "before")
        bridge.wait_for_texts(["hello?", "before"])
        pids = self.pids()

        self.assertTrue(self.stack.postgres.down())
        began = time.monotonic()
        for name in _STORED:
            eventually(lambda: self.readiness(name).status == 503, f"{name} is not ready")
            self.assertRegex(self.readiness(name).text.lower(), "postgres|database", f"{name} says why")
        lines = self.log_lines()
        counted_from = time.monotonic()
        while time.monotonic() < began + _AWAY_SECONDS:
            asked = time.monotonic()
            self.assert_error(alice.try_send(room, "meanwhile", "meanwhile"), 503)
            self.assertLess(time.monotonic() - asked, _ANSWER_SECONDS_MAX, "an outage is told, not waited out")
            time.sleep(0.2)
        self.assert_none_has_ended(pids)
        away_seconds = time.monotonic() - counted_from
        for name, count in self.log_lines().items():
            rate = (count - lines[name]) / away_seconds
            self.assertLess(rate, _LOG_LINES_PER_SECOND_MAX, f"{name} logs {rate:.1f} lines a second")

        self.assertEqual(self.stack.up(), ["postgres"])
        self.send_until_taken(alice, room, "meanwhile", "meanwhile")
        alice.send(room, "after")
        bridge.wait_for_texts(["hello?", "before", "meanwhile", "after"])
        self.assert_none_has_ended(pids)


@unittest.skipUnless(os.geteuid() == 0, "a disk of its own takes root")
class DiskFullTest(OutageTestCase):
    """PostgreSQL's data is on a small disk, which something else fills up."""

    @classmethod
    def prepare_state(cls) -> None:
        disk = cls.stack.state.postgres
        disk.mkdir(parents=True)
        options = ["-t", "tmpfs", "-o", f"size={_DISK_BYTES},mode=755", "causeway-test"]
        subprocess.run(["mount", *options, str(disk)], check=True)

    @classmethod
    def _clean_up(cls) -> None:
        cls.stack.down()
        subprocess.run(["umount", str(cls.stack.state.postgres)], check=True)
        super()._clean_up()

    def test_writes_are_refused_with_the_cause_and_nothing_that_was_taken_is_lost(self) -> None:
        bridge, _, _ = self.draft_bridge("#full")
        alice = self.person("alice")
        room = alice.join(bridge.alias)
        pids = self.pids()
        filler = self.stack.state.postgres / "filler"
        _fill_up(filler)
        taken, refused = self._send_until_refused(alice, room)
        self.assert_none_has_ended(pids)
        self.assert_error(refused, 503)
        logs = "".join(self.stack.state.log_file(name).read_text() for name in _STORED)
        self.assertRegex(logs, "(?i)no space left on device|disk full", "the cause is in a log")

        filler.unlink()
        self.stack.up()  # PostgreSQL itself ends when it can't write its log.
        self.send_until_taken(alice, room, "after", "after")
        bridge.wait_for_texts(["hello?", *taken, "after"], 60)
        kept = [e["content"].get("body") for e in alice.messages(room) if e["type"] == "m.room.message"]
        self.assertEqual(kept, ["hello?", *taken, "after"])
        self.assert_none_has_ended(pids)

    def _send_until_refused(self, alice: MatrixClient, room: str) -> tuple[list[str], Response]:
        """Messages, one after the other: those that were taken, and how the first other one was refused."""
        taken: list[str] = []
        deadline = time.monotonic() + _REFUSED_SECONDS_MAX
        while time.monotonic() < deadline:
            body = f"early {len(taken)}"
            response = alice.try_send(room, body, body)
            if response.status != 200:
                return taken, response
            taken.append(body)
        raise AssertionError(f"{len(taken)} messages were taken although the disk is full")


def _fill_up(file: pathlib.Path) -> None:
    block = b"x" * 4096
    with open(file, "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(block)
