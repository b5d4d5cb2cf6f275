"""No token in any log or metric, also when things go wrong."""

import urllib.parse

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
