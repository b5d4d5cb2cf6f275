"""The gateway's public port over TLS: what clients see, who is turned away, and another certificate while it runs."""

import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import tempfile
import unittest

from polling import eventually
from stack_fixture import StackTestCase

# After stack_fixture, which knows where the package is.
from local import ports, probes  # isort: skip

_EXPIRY = re.compile(r"^causeway_gateway_tls_certificate_expiry_timestamp_seconds\S* (\S+)$", re.MULTILINE)
_FAILURES = re.compile(r"^causeway_gateway_tls_handshake_failures_total\S* (\S+)$", re.MULTILINE)
_DAY_SECONDS = 24 * 60 * 60


def make_certificate(folder: pathlib.Path, days: int) -> None:
    """For 127.0.0.1, signed by itself. Each file comes by a rename."""
    new = {name: folder / f".{name}.new" for name in ("certificate.pem", "key.pem")}
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1", "-days", str(days)]
    command += ["-keyout", str(new["key.pem"]), "-out", str(new["certificate.pem"])]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for name, path in new.items():
        os.replace(path, folder / name)


class PublicTlsTest(StackTestCase):
    folder: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        make_certificate(cls.folder, 30)
        flags = [f"--public_tls_certificate={cls.folder}/certificate.pem", f"--public_tls_key={cls.folder}/key.pem"]
        cls.EXTRA_FLAGS = {"gateway": flags}
        super().setUpClass()

    def connect(self) -> http.client.HTTPSConnection:
        """As a client that trusts the certificate as it is now."""
        trust = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        return http.client.HTTPSConnection(ports.LOOPBACK, self.port, timeout=30, context=trust)

    def call(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, dict]:
        connection = self.connect()
        self.addCleanup(connection.close)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    def total(self, pattern: re.Pattern[str]) -> float:
        metrics = probes.get(self.stack.settings.http_ports["gateway"], "/metrics", timeout_s=10).text
        return sum(map(float, pattern.findall(metrics)))

    def test_carries_what_clients_do(self) -> None:
        account = {"username": "alice", "password": "correct horse", "auth": {"type": "m.login.dummy"}}
        status, alice = self.call("POST", "/_matrix/client/v3/register", account)
        self.assertEqual(status, 200, alice)
        token = self.remember_secret(alice["access_token"])
        status, room = self.call("POST", "/_matrix/client/v3/createRoom", {}, token)
        self.assertEqual(status, 200, room)
        status, sync = self.call("GET", "/_matrix/client/v3/sync", token=token)
        self.assertIn(room["room_id"], sync["rooms"]["join"])
        # A long poll, which what is said ends.
        poll = self.connect()
        self.addCleanup(poll.close)
        since = sync["next_batch"]
        path = f"/_matrix/client/v3/sync?timeout=30000&since={since}"
        poll.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        said = {"msgtype": "m.text", "body": "sealed"}
        place = f"/_matrix/client/v3/rooms/{room['room_id']}/send/m.room.message/1"
        self.assertEqual(self.call("PUT", place, said, token)[0], 200)
        self.assertIn("sealed", poll.getresponse().read().decode())

    def test_who_speaks_no_tls_gets_nothing(self) -> None:
        before = self.total(_FAILURES)
        plain = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=30)
        self.addCleanup(plain.close)
        with self.assertRaises((http.client.HTTPException, OSError)):
            plain.request("GET", "/_matrix/client/versions")
            plain.getresponse()
        eventually(lambda: self.total(_FAILURES) == before + 1, "it is counted")

    def test_the_certificate_is_renewed_without_a_restart(self) -> None:
        before = self.total(_EXPIRY)
        make_certificate(self.folder, 300)

        def renewed() -> bool:
            try:
                return self.call("GET", "/_matrix/client/versions")[0] == 200
            except ssl.SSLError:
                return False

        eventually(renewed, "clients see the new one")
        self.assertGreater(self.total(_EXPIRY) - before, 200 * _DAY_SECONDS)


if __name__ == "__main__":
    unittest.main()
