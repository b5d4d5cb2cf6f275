"""An application service over https: HTTP/2, and an authority of its own."""

import pathlib
import subprocess
import tempfile

from matrix_client import MatrixClient, quote
from polling import eventually
from sdk_program import SdkProgram
from stack_fixture import SERVER_NAME, StackTestCase


class HttpsTest(StackTestCase):
    _service: SdkProgram
    _url: str
    _authorities: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls._authorities = pathlib.Path(folder.name) / "authorities"
        cls._authorities.mkdir()
        flag = [f"--appservice_ca_dir={cls._authorities}"]
        cls.EXTRA_FLAGS = {"query_proxy": [*flag, "--breaker_failures_max=1000"], "push_dispatcher": flag}
        super().setUpClass()
        key, cls._certificate = (pathlib.Path(folder.name) / name for name in ("key.pem", "certificate.pem"))
        words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {cls._certificate}"
        subject = ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(["openssl", *words.split(), *subject], check=True, capture_output=True)
        cls._service = SdkProgram(pathlib.Path(folder.name), "https", "https_service")
        cls.addClassCleanup(cls._service.kill)
        cls._service.start()
        port = cls._service.call("start", key=str(key), certificate=str(cls._certificate))
        cls._url = f"https://localhost:{port}"

    def registered(self, name: str) -> MatrixClient:
        return self.register_v1(name, self._url, {"users": [f"@{name}_.*"], "aliases": [f"#{name}_.*"]})[0]

    def trust(self, name: str) -> None:
        (self._authorities / f"{name}.pem").write_bytes(self._certificate.read_bytes())

    def asked(self, method: str, text: str) -> list[dict]:
        told = [event["asked"] for event in self._service.events()]
        return [one for one in told if one["method"] == method and text in one["path"]]

    def ping(self, client: MatrixClient, name: str) -> str:
        """Empty, or the errcode."""
        return client.request("POST", f"/_matrix/client/v1/appservice/{name}/ping", {}).json().get("errcode", "")

    def test_queries_and_transactions_go_over_http_2(self) -> None:
        self.trust("two")
        client = self.registered("two")
        alias = f"#two_x:{SERVER_NAME}"
        response = self.person("alice").request("GET", f"/_matrix/client/v3/directory/room/{quote(alias)}")
        self.assertEqual(response.status, 404)
        (query,) = self.asked("GET", "two_x")
        self.assertEqual(query["http"], "2.0")

        room_id = client.create_room()
        # Together more than a stream and a connection may send at first, which is 64 KiB.
        for number in range(10):
            client.send(room_id, f"{number} " + "x" * 50000)
        eventually(lambda: sum(one["bytes"] for one in self.asked("PUT", "/transactions/")) > 500_000, "all has come")
        self.assertEqual({one["http"] for one in self.asked("PUT", "/transactions/")}, {"2.0"})
        eventually(lambda: "idle" in self.ctl_ok("queue", "show", "two"), "all is acknowledged")

    def test_own_authority_counts_for_its_owner_only(self) -> None:
        owner, other = self.registered("owner"), self.registered("other")
        self.assertEqual(self.ping(owner, "owner"), "M_CONNECTION_FAILED")
        self.trust("owner")
        self.assertEqual(self.ping(owner, "owner"), "")
        # Although there is a connection to it.
        self.assertEqual(self.ping(other, "other"), "M_CONNECTION_FAILED")
