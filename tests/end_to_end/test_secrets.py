"""No token in any log or metric, also when things go wrong; none readable in the registry's tables."""

import json
import urllib.parse

import database
from draft_bridge import NAMESPACES, WHATS_UP_TS
from matrix_client import MatrixClient
from recording_appservice import HANG, Answer
from stack_fixture import StackTestCase


class SecretsTest(StackTestCase):
    EXTRA_FLAGS = {
        "homeserver": ["--query_deadline_ms=1000", "--log_level=debug"],
        "gateway": ["--log_level=debug"],
        "registry": ["--log_level=debug"],
        "query_proxy": ["--log_level=debug"],
        "push_dispatcher": ["--backoff_max_ms=200", "--log_level=debug"],
    }

    def test_nothing_leaks_in_a_bad_day(self) -> None:
        """The check itself comes after each class's last test; here it has much to find."""
        bridge, as_bridge, hs_token = self.draft_bridge("#secret")
        alice = self.person("alice")
        bridge.respond = lambda _: HANG
        alice.request("POST", "/_matrix/client/v3/join/" + urllib.parse.quote(bridge.alias, safe=""), {})
        bridge.release()
        bridge.respond = bridge.answer
        room_id = alice.join(bridge.alias)
        refused: list[str] = []

        def refuse_first(request):
            if request.method == "PUT" and len(refused) < 2:
                refused.append(request.target)
                return Answer(403, b'{"errcode":"M_FORBIDDEN","error":"%s"}' % hs_token.encode())
            return bridge.answer(request)

        bridge.respond = refuse_first
        bob = as_bridge.acting_as(bridge.user_id("Bob"))
        bob.try_send(room_id, "what's up?", ts=WHATS_UP_TS)
        as_bridge.acting_as(alice.user_id).try_send(room_id, "forbidden")
        in_the_url = MatrixClient(self.port)
        in_the_url.request("GET", "/_matrix/client/v3/account/whoami", access_token=as_bridge.token)
        in_the_url.request("GET", "/nowhere", access_token=alice.token)
        wrong = self.remember_secret("a-token-of-another-server")
        in_the_url.request("GET", "/_matrix/client/v3/sync", access_token=wrong)
        self.register("http://127.0.0.1:9", wrong, NAMESPACES)
        bridge.wait_for_texts(["what's up?"])
        self.assertEqual(len(refused), 2)
        self.assert_no_secret_leaked()

    def test_the_check_finds_what_leaks(self) -> None:
        self.grant("leaking", NAMESPACES)
        self._secrets.add('"grant":"leaking"')
        try:
            with self.assertRaisesRegex(AssertionError, "registry.log"):
                self.assert_no_secret_leaked()
        finally:
            self._secrets.remove('"grant":"leaking"')

    def test_nothing_leaks_when_tokens_change(self) -> None:
        registration = {
            "id": "changing",
            "url": None,
            "as_token": self.remember_secret("as-token-that-stays-the-same"),
            "hs_token": self.remember_secret("hs-token-of-the-first-days"),
            "sender_localpart": "_changing_bot",
            "namespaces": {"users": [{"exclusive": True, "regex": "@_changing_.*"}]},
        }
        file = self._folder / "changing.yaml"
        file.write_text(json.dumps(registration))
        self.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        registration["hs_token"] = self.remember_secret("hs-token-of-what-is-asked-for")
        registration["namespaces"]["aliases"] = [{"exclusive": True, "regex": "#_changing_.*"}]
        file.write_text(json.dumps(registration))
        said = self.ctl("appservice", "register", f"--file={file}").stderr
        said += self.ctl_ok("request", "list", "--output=json")
        self.assert_not_in_the_registry(self._secrets)
        [request] = json.loads(self.ctl_ok("request", "list", "--output=json"))
        said += self.ctl_ok("request", "approve", request["id"])
        token_file = self._folder / "changing.hs_token"
        said += self.ctl_ok("appservice", "rotate-token", "changing", f"--hs_token_file={token_file}")
        self.remember_secret(token_file.read_text().strip())
        said += self.ctl_ok("appservice", "show", "changing", "--output=json")
        said += self.ctl_ok("audit", "list", "--output=json")
        for secret in self._secrets:
            self.assertNotIn(secret, said)
        self.assert_not_in_the_registry(self._secrets)

    def assert_not_in_the_registry(self, secrets: set[str]) -> None:
        tables = database.query(self.stack, "SELECT tablename FROM pg_tables WHERE schemaname = 'registry'")
        self.assertIn("pending_requests", tables)
        for table in tables:
            rows = "\n".join(database.query(self.stack, f"SELECT to_jsonb(t) FROM registry.{table} t"))
            for secret in secrets:
                self.assertNotIn(secret, rows, table)
                self.assertNotIn(secret.encode().hex(), rows, table)
