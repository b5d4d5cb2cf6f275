"""A whole stack for each test class, on free ports, in a folder of its own."""

import json
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Mapping, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))

from local import probes  # noqa: E402
from local.stack import Stack  # noqa: E402
from local.state import SERVICES  # noqa: E402

import matrix_client  # noqa: E402
from draft_bridge import NAMESPACES, DraftBridge  # noqa: E402
from matrix_client import MatrixClient, Response  # noqa: E402
from polling import eventually  # noqa: E402
from recording_appservice import RecordingAppservice  # noqa: E402

SERVER_NAME = "hsdomain.com"


class StackTestCase(unittest.TestCase):
    """Brings the stack up for the class and down after it.

    If a test fails, the folder is kept and named. After the last test it checks that
    no token turned up in a log or a metric: see `remember_secret`.
    """

    EXTRA_FLAGS: Mapping[str, Sequence[str]] = {}
    TLS = False
    stack: Stack
    _secrets: set[str]
    _folder: pathlib.Path
    _failed: bool

    @classmethod
    def setUpClass(cls) -> None:
        cls._folder = pathlib.Path(tempfile.mkdtemp(prefix="causeway-e2e-"))
        cls._folder.chmod(0o755)  # PostgreSQL runs as another user when we are root.
        cls._secrets = set()
        cls._failed = True  # Until a test has ended otherwise.
        cls.stack = Stack(cls._folder / "state", extra_flags=cls.EXTRA_FLAGS, tls=cls.TLS)
        cls.addClassCleanup(cls._clean_up)
        cls.prepare_state()
        cls.stack.up(SERVER_NAME, 0)
        cls._failed = False

    @classmethod
    def prepare_state(cls) -> None:
        """What has to be there before the stack comes up."""

    @classmethod
    def tearDownClass(cls) -> None:
        try:
            cls.assert_no_secret_leaked()
        except AssertionError:
            cls._failed = True
            raise

    @classmethod
    def _clean_up(cls) -> None:
        cls.stack.down()
        if cls._failed:
            print(f"{cls.__name__}: state and logs are kept in {cls._folder}", file=sys.stderr)
        else:
            shutil.rmtree(cls._folder, ignore_errors=True)

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        before = _failures(result)
        super().run(result)
        if _failures(result) != before:
            type(self)._failed = True
        return result

    # What is under test.

    @property
    def port(self) -> int:
        return self.stack.settings.public_port

    @classmethod
    def remember_secret(cls, secret: str) -> str:
        cls._secrets.add(secret)
        return secret

    def person(self, localpart: str) -> MatrixClient:
        person = matrix_client.register_person(self.port, localpart)
        self.remember_secret(person.token)
        return person

    def post(self, path: str, body: object) -> Response:
        return MatrixClient(self.port).request("POST", path, body)

    def kill(self, name: str) -> None:
        """kill -9 of a service or of "postgres"."""
        process = self.stack.postgres.process if name == "postgres" else self.stack.processes[name]
        process.send_signal(signal.SIGKILL)
        eventually(lambda: not process.alive(), f"{name} is dead")

    # Application services.

    def ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.stack.ctl_command(list(words))
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def ctl_ok(self, *words: str) -> str:
        done = self.ctl(*words)
        self.assertEqual(done.returncode, 0, f"causewayctl {' '.join(words)}: {done.stderr}")
        return done.stdout

    def grant(self, name: str, ceilings: Mapping[str, Sequence[str]], *flags: str) -> str:
        """Allows an application service. Returns its new as_token."""
        as_token = self.remember_secret(secrets.token_urlsafe(24))
        token_file = self._folder / f"{name}.token"
        token_file.write_text(as_token + "\n")
        words = [f"--{kind}={regex}" for kind, regexes in ceilings.items() for regex in regexes]
        words += [f"--name={name}", f"--as_token_file={token_file}", *flags]
        self.ctl_ok("grant", "create", *words)
        return as_token

    def register(self, url: str, as_token: str, namespaces: object = None) -> Response:
        """The draft's registration; IRC's namespaces if none are given."""
        namespaces = NAMESPACES if namespaces is None else namespaces
        body = {"url": url, "as_token": as_token, "namespaces": namespaces}
        response = self.post("/register", body)
        if response.status == 200:
            self.remember_secret(response.json()["hs_token"])
        return response

    def register_v1(
        self, name: str, url: str | None, namespaces: Mapping[str, Sequence[str]], **changes: object
    ) -> tuple[MatrixClient, str]:
        """Today's registration, by a file: exclusive namespaces, all of them granted. Returns the client of the
        service's own user, and its hs_token."""
        as_token = self.grant(name, namespaces)
        hs_token = self.remember_secret(secrets.token_urlsafe(24))
        registration = {
            "id": name,
            "url": url,
            "as_token": as_token,
            "hs_token": hs_token,
            "sender_localpart": name,
            "rate_limited": False,
            "namespaces": {
                kind: [{"exclusive": True, "regex": regex} for regex in namespaces.get(kind, ())]
                for kind in ("users", "aliases", "rooms")
            },
        } | changes
        file = self._folder / f"{name}.yaml"
        file.write_text(json.dumps(registration))  # JSON is YAML.
        file.chmod(0o600)
        self.ctl_ok("appservice", "register", f"--file={file}")
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        return MatrixClient(self.port, as_token, f"@{registration['sender_localpart']}:{SERVER_NAME}"), hs_token

    def draft_bridge(self, channel: str) -> tuple[DraftBridge, MatrixClient, str]:
        """A bridge, granted and registered: itself, its client, and its hs_token.

        The homeserver remembers rooms beyond a test: each test of a class takes a
        channel of its own.
        """
        bridge = DraftBridge(SERVER_NAME, channel)
        self.addCleanup(bridge.close)
        as_token = self.grant(f"irc{len(self._secrets)}", NAMESPACES)
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        response = self.register(bridge.url, as_token)
        self.assertEqual(response.status, 200, str(response))
        return bridge, MatrixClient(self.port, as_token), response.json()["hs_token"]

    def recording_appservice(self) -> RecordingAppservice:
        appservice = RecordingAppservice()
        self.addCleanup(appservice.close)
        return appservice

    def wait_until_published(self) -> None:
        """Until nothing waits in the homeserver: all of it is in the dispatcher."""

        def published() -> bool:
            port = self.stack.settings.http_ports["homeserver"]
            metrics = probes.get(port, "/metrics", timeout_s=10).text
            lag = re.search(r"^causeway_homeserver_stream_lag_seconds (\S+)$", metrics, re.MULTILINE)
            return lag is not None and float(lag[1]) == 0

        eventually(published, "all is published")

    # Assertions.

    def polls_waiting(self) -> int:
        """How many long polls wait in the homeserver."""
        metrics = probes.get(self.stack.settings.http_ports["homeserver"], "/metrics", timeout_s=10).text
        waiting = re.search(r"^causeway_homeserver_syncs_waiting (\d+)$", metrics, re.MULTILINE)
        assert waiting is not None, metrics
        return int(waiting[1])

    def assert_error(self, response: Response, status: int, errcode: str = "") -> None:
        """The Matrix error object: JSON, an errcode, a message."""
        self.assertEqual(response.status, status, str(response))
        self.assertEqual(response.headers.get("content-type", "").partition(";")[0], "application/json")
        content = response.json()
        self.assertTrue(content.get("error"), str(response))
        self.assertRegex(content.get("errcode", ""), "^M_[A-Z_]+$")
        if errcode:
            self.assertEqual(content["errcode"], errcode, str(response))

    @classmethod
    def assert_no_secret_leaked(cls) -> None:
        texts = {str(log): log.read_bytes() for log in cls.stack.state.logs.glob("*.log")}
        for name in SERVICES:
            metrics = probes.get(cls.stack.settings.http_ports[name], "/metrics", timeout_s=10)
            texts[f"/metrics of {name}"] = metrics.text.encode()
        for where, content in texts.items():
            for secret in cls._secrets:
                if secret.encode() in content:
                    raise AssertionError(f"a token stands in {where}")


def _failures(result: unittest.TestResult | None) -> int:
    return len(result.failures) + len(result.errors) if result is not None else 0
