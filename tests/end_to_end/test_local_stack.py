"""deploy/local: up, status and down do what the README says."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

from matrix_client import MatrixClient
from polling import eventually
from stack_fixture import ROOT, SERVER_NAME, SERVICES, StackTestCase

# After stack_fixture, which knows where the package is.
from local import probes  # isort: skip
from local.errors import StackError  # isort: skip
from local.stack import Stack  # isort: skip


class LocalStackTest(StackTestCase):
    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line itself, without the build in front of it."""
        return subprocess.run(
            ["/usr/bin/python3", "-m", "local", *words, "--state", str(self.stack.state.folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "deploy")},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def test_status_names_pid_and_addresses_of_each_process(self) -> None:
        done = self.command("status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = json.loads(done.stdout)
        self.assertTrue(status["ready"])
        self.assertEqual(status["server_name"], SERVER_NAME)
        processes = {one["name"]: one for one in status["processes"]}
        self.assertEqual(set(processes), {"postgres", *SERVICES})
        for name in SERVICES:
            one = processes[name]
            self.assertTrue(pathlib.Path(f"/proc/{one['pid']}").exists())
            port = int(one["metrics"].rpartition(":")[2])
            for path in ("/livez", "/readyz", "/metrics"):
                self.assertEqual(probes.get(port, path).status, 200, f"{name} {path}")
            self.assertRegex(one["grpc"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(status["url"], "http://" + processes["gateway"]["http"])

    def test_up_again_restarts_only_what_died_on_the_same_ports(self) -> None:
        self.assertEqual(self.stack.up(), [])
        before = {one.name: one for one in self.stack.status()}
        os.kill(before["homeserver"].pid, signal.SIGKILL)
        eventually(lambda: not self.stack.processes["homeserver"].alive(), "homeserver is dead")
        self.assertEqual(self.command("status").returncode, 1)
        self.assertEqual(self.stack.up(), ["homeserver"])
        after = {one.name: one for one in self.stack.status()}
        self.assertNotEqual(before["homeserver"].pid, after["homeserver"].pid)
        for name in before:
            self.assertEqual(before[name].grpc, after[name].grpc)
            if name != "homeserver":
                self.assertEqual(before[name].pid, after[name].pid)

    def test_another_server_name_is_refused(self) -> None:
        with self.assertRaisesRegex(StackError, "belongs to the server name"):
            self.stack.up("other.example.org")

    def test_down_leaves_strangers_alone_and_the_data_in_place(self) -> None:
        stack = Stack(self._folder / "second")
        self.addCleanup(stack.down)
        stack.up(SERVER_NAME, 0)
        port = stack.settings.public_port
        self.assertNotEqual(port, self.port, "two run side by side")
        user = MatrixClient(port).ok(
            "POST",
            "/_matrix/client/v3/register",
            {"username": "keeper", "password": "secret words", "auth": {"type": "m.login.dummy"}},
        )
        # A record that names a pid that is somebody else's by now.
        record = stack.state.record_file("gateway")
        gateway = json.loads(record.read_text())
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
            record.write_text(json.dumps({**gateway, "pid": stranger.pid}))
            self.assertEqual(Stack(self._folder / "second").processes["gateway"].stop(), True)
            self.assertIsNone(stranger.poll(), "the stranger lives")
            stranger.communicate(b"\n")
        record.write_text(json.dumps(gateway))
        self.assertEqual(stack.down(), [])
        self.assertTrue(all(process.alive() for process in self.stack.processes.values()))
        stack.up()
        again = MatrixClient(stack.settings.public_port, user["access_token"])
        whoami = again.ok("GET", "/_matrix/client/v3/account/whoami")
        self.assertEqual(whoami["user_id"], f"@keeper:{SERVER_NAME}")


class WrongUsageTest(unittest.TestCase):
    def test_is_refused_before_anything_is_installed_or_built(self) -> None:
        for words, reason in (
            (("demo", "--bogus"), "no such option: --bogus"),
            (("--bogus", "up"), "no such option: --bogus"),
            (("up", "now"), "up takes no now"),
            (("destroy",), "no such command: destroy"),
        ):
            with self.subTest(words):
                done = subprocess.run(
                    [str(ROOT / "deploy/local.sh"), *words], capture_output=True, text=True, timeout=60
                )
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr, f"local.sh: {reason} (see deploy/local.sh --help)\n")

    def test_bad_values_are_named(self) -> None:
        for words, code, reason in (
            (("up", "--gateway_port", "abc"), 2, "--gateway_port: a port lies between 0 and 65535"),
            (("up", "--state", "/proc/nowhere"), 1, "local.sh: cannot make the --state /proc/nowhere: No such file"),
        ):
            with self.subTest(words):
                done = subprocess.run(
                    ["/usr/bin/python3", "-m", "local", *words],
                    cwd=ROOT / "deploy",
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                self.assertEqual(done.returncode, code)
                self.assertIn(reason, done.stderr)
                self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main()
