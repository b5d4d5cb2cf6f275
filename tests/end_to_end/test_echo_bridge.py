"""deploy/demo/echo_bridge.py, by the commands that docs/guides/writing-a-bridge.md gives."""

import json
import socket
import subprocess
import sys

from matrix_client import MatrixClient
from polling import eventually
from stack_fixture import ROOT, SERVER_NAME, StackTestCase

_PROGRAM = ROOT / "deploy" / "demo" / "echo_bridge.py"
_PARROT = f"@_echo_parrot:{SERVER_NAME}"


class EchoBridgeTest(StackTestCase):
    def start(self, *flags: str) -> subprocess.Popen:
        file = self._folder / "echo.yaml"
        words = [f"--registration={file}", f"--domain={SERVER_NAME}", f"--homeserver=http://127.0.0.1:{self.port}"]
        return subprocess.Popen([sys.executable, _PROGRAM, *words, *flags])

    def run_bridge(self) -> subprocess.Popen:
        process = self.start()
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        eventually(lambda: self.ctl("appservice", "ping", "echo").returncode == 0, "the bridge answers")
        return process

    def echoes(self, person: MatrixClient, room_id: str) -> list[str]:
        said = [event for event in person.messages(room_id) if event["sender"] == _PARROT]
        return [event["content"]["body"] for event in said if event["type"] == "m.room.message"]

    def test_it_says_again_what_is_said_once_also_after_a_crash(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.assertEqual(self.start(f"--url={url}", "--make").wait(), 0)
        file = self._folder / "echo.yaml"
        self.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        # Nothing is wrong with its namespaces, and nothing looks so.
        self.assertEqual(json.loads(self.ctl_ok("namespace", "check", f"--file={file}", "--output=json")), [])
        bridge = self.run_bridge()
        alice = self.person("alice")
        room_id = alice.join(f"#_echo_hello:{SERVER_NAME}")
        alice.send(room_id, "hello")
        eventually(lambda: self.echoes(alice, room_id) == ["hello"], "the echo comes")
        bridge.kill()
        bridge.wait()
        alice.send(room_id, "still there?")
        self.run_bridge()
        eventually(lambda: "still there?" in self.echoes(alice, room_id), "the echo comes after all")
        self.assertEqual(sorted(self.echoes(alice, room_id)), ["hello", "still there?"])
