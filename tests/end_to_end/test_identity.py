"""Who may act as whom, and which parameters count for whom."""

import time

from draft_bridge import NAMESPACES, WHATS_UP_TS
from matrix_client import MatrixClient, quote, text
from stack_fixture import SERVER_NAME, StackTestCase

_CLIENT = "/_matrix/client/v3"


class IdentityTest(StackTestCase):
    def test_user_id_outside_the_namespace_is_403(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#assert")
        alice = self.person("alice")
        room_id = alice.join(bridge.alias)
        impostor = as_bridge.acting_as(alice.user_id)
        self.assert_error(impostor.try_send(room_id, "I am alice"), 403, "M_FORBIDDEN")
        self.assert_error(impostor.request("GET", "/_matrix/client/v3/account/whoami"), 403, "M_FORBIDDEN")
        elsewhere = as_bridge.acting_as("@irc.freenode.net/Bob:elsewhere.org")
        self.assert_error(elsewhere.request("GET", "/_matrix/client/v3/account/whoami"), 403)
        nonsense = as_bridge.acting_as("not a user ID")
        response = nonsense.request("GET", "/_matrix/client/v3/account/whoami")
        self.assertIn(response.status, (400, 403), str(response))
        self.assert_error(response, response.status)

    def test_person_cannot_assert_an_identity(self) -> None:
        alice = self.person("alice.self")
        bella = self.person("bella")
        answer = alice.ok("GET", "/_matrix/client/v3/account/whoami", user_id=bella.user_id)
        self.assertEqual(answer["user_id"], alice.user_id)

    def test_ts_counts_for_services_only(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#times")
        alice = self.person("alice.times")
        room_id = alice.join(bridge.alias)
        alice.try_send(room_id, "by alice", ts=WHATS_UP_TS)
        as_bridge.acting_as(bridge.user_id("Bob")).try_send(room_id, "by bob", ts=WHATS_UP_TS)
        times = {
            event["content"]["body"]: event["origin_server_ts"]
            for event in alice.messages(room_id)
            if event["type"] == "m.room.message"
        }
        self.assertEqual(times["by bob"], WHATS_UP_TS)
        self.assertLess(abs(times["by alice"] - time.time() * 1000), 60_000)

    def test_ts_on_state(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#topics")
        alice = self.person("alice.topics")
        room_id = alice.join(bridge.alias)
        # The service's own user made the room, so it may.
        path = f"/_matrix/client/v3/rooms/{quote(room_id)}/state/m.room.topic/"
        as_bridge.ok("PUT", path, {"topic": "bridges"}, ts=WHATS_UP_TS)
        [topic] = [event for event in alice.messages(room_id) if event["type"] == "m.room.topic"]
        self.assertEqual(topic["origin_server_ts"], WHATS_UP_TS)

    def test_user_token_links_a_person(self) -> None:
        """The draft's C-AS linking: with the person's own token, the service speaks as them."""
        bridge, as_bridge, _ = self.draft_bridge("#linked")
        alice = self.person("alice.linked")
        room_id = alice.join(bridge.alias)
        path = f"/_matrix/client/v3/rooms/{quote(room_id)}/send/m.room.message/linked1"
        sent = as_bridge.request("PUT", path, text("through IRC"), user_token=alice.token, ts=WHATS_UP_TS)
        self.assertEqual(sent.status, 200, str(sent))
        [event] = [e for e in alice.messages(room_id) if e["event_id"] == sent.json()["event_id"]]
        self.assertEqual((event["sender"], event["origin_server_ts"]), (alice.user_id, WHATS_UP_TS))
        wrong = as_bridge.request("PUT", path + "x", text("no"), user_token="made-up")
        self.assertIn(wrong.status, (401, 403), str(wrong))
        self.assert_error(wrong, wrong.status)

    def test_service_without_user_id_acts_as_its_sender(self) -> None:
        _, as_bridge, _ = self.draft_bridge("#sender")
        whoami = as_bridge.ok("GET", "/_matrix/client/v3/account/whoami")
        self.assertRegex(whoami["user_id"], f"^@.*:{SERVER_NAME}$")

    def test_token_as_parameter_or_bearer(self) -> None:
        alice = self.person("alice.both")
        by_parameter = MatrixClient(self.port).ok(
            "GET", "/_matrix/client/v3/account/whoami", access_token=alice.token
        )
        self.assertEqual(by_parameter["user_id"], alice.user_id)
        nobody = MatrixClient(self.port)
        missing = nobody.request("GET", "/_matrix/client/v3/account/whoami")
        self.assert_error(missing, 401, "M_MISSING_TOKEN")
        unknown = nobody.request("GET", "/_matrix/client/v3/account/whoami", access_token="made-up")
        self.assert_error(unknown, 401, "M_UNKNOWN_TOKEN")

    def test_send_is_idempotent_by_transaction_id_on_every_prefix(self) -> None:
        alice = self.person("alice.twice")
        room_id = alice.create_room()
        for prefix in ("/_matrix/client/v3", "/_matrix/client/r0", "/_matrix/client/v2_alpha"):
            with self.subTest(prefix):
                path = f"{prefix}/rooms/{quote(room_id)}/send/m.room.message/{quote(prefix)}"
                first = alice.ok("PUT", path, text(prefix))
                self.assertEqual(alice.ok("PUT", path, text(prefix)), first)
        sent = [e["content"]["body"] for e in alice.messages(room_id) if e["type"] == "m.room.message"]
        self.assertEqual(len(sent), 3)


class ExclusiveNamespaceTest(StackTestCase):
    """What is exclusively one service's is refused to people and to other services."""

    OWNED = {"users": ["@gate_.*"], "aliases": ["#gate_.*"]}
    NAMESPACES = {kind: [{"exclusive": True, "regex": r} for r in regexes] for kind, regexes in OWNED.items()}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        case = cls()
        cls.as_token = case.grant("gate", cls.OWNED)
        response = case.register("http://127.0.0.1:9", cls.as_token, cls.NAMESPACES)
        assert response.status == 200, str(response)

    def register_user(self, token: str, username: str):
        request = {"type": "m.login.application_service", "username": username}
        return MatrixClient(self.port, token).request("POST", "/_matrix/client/v3/register", request)

    def test_person_cannot_take_a_user(self) -> None:
        request = {"username": "gate_keeper", "password": "secret words", "auth": {"type": "m.login.dummy"}}
        self.assert_error(self.post("/_matrix/client/v3/register", request), 400, "M_EXCLUSIVE")

    def test_person_cannot_take_an_alias(self) -> None:
        alice = self.person("alice")
        response = alice.request("POST", "/_matrix/client/v3/createRoom", {"room_alias_name": "gate_hall"})
        self.assert_error(response, 400, "M_EXCLUSIVE")
        room_id = alice.create_room()
        path = f"/_matrix/client/v3/directory/room/{quote(f'#gate_yard:{SERVER_NAME}')}"
        self.assert_error(alice.request("PUT", path, {"room_id": room_id}), 400, "M_EXCLUSIVE")

    def test_other_service_cannot_claim_the_namespace(self) -> None:
        rival = self.grant("rival", self.OWNED)
        for kind in ("users", "aliases"):
            with self.subTest(kind):
                response = self.register("http://127.0.0.1:9", rival, {kind: self.NAMESPACES[kind]})
                self.assert_error(response, 400, "M_EXCLUSIVE")

    def test_other_service_cannot_create_inside(self) -> None:
        other = self.grant("other", NAMESPACES)
        self.assertEqual(self.register("http://127.0.0.1:9", other).status, 200)
        self.assert_error(self.register_user(other, "gate_crasher"), 400, "M_EXCLUSIVE")

    def test_owner_creates_inside_and_not_outside(self) -> None:
        made = self.register_user(self.as_token, "gate_guard")
        self.assertEqual(made.status, 200, str(made))
        self.assertEqual(made.json()["user_id"], f"@gate_guard:{SERVER_NAME}")
        self.remember_secret(made.json().get("access_token") or "no token was made")
        self.assert_error(self.register_user(self.as_token, "gate_guard"), 400, "M_USER_IN_USE")
        self.assert_error(self.register_user(self.as_token, "outsider"), 400, "M_EXCLUSIVE")
        guard = MatrixClient(self.port, self.as_token).acting_as(f"@gate_guard:{SERVER_NAME}")
        guard.create_room(room_alias_name="gate_house")

    def test_other_service_uploads_no_keys_of_its_users(self) -> None:
        self.register_user(self.as_token, "gate_key")
        wide = self.grant("wide", {"shared_users": self.OWNED["users"]})
        shared = {"users": [{"exclusive": False, "regex": regex} for regex in self.OWNED["users"]]}
        self.assertEqual(self.register("http://127.0.0.1:9", wide, shared).status, 200)
        key = f"@gate_key:{SERVER_NAME}"
        owner = MatrixClient(self.port, self.as_token).acting_as(key)
        self.assertEqual(owner.request("PUT", f"{_CLIENT}/devices/LOCK", {}).status, 201)
        other = MatrixClient(self.port, wide).acting_as(key)
        keys = {"one_time_keys": {"x.test:1": "key"}}
        upload = f"{_CLIENT}/keys/upload"
        self.assert_error(other.request("POST", upload, keys, device_id="LOCK"), 400, "M_EXCLUSIVE")
        owner.ok("POST", upload, keys, device_id="LOCK")

    def test_service_logs_in_as_its_user(self) -> None:
        self.register_user(self.as_token, "gate_porter")
        identifier = {"type": "m.id.user", "user": "gate_porter"}
        request = {"type": "m.login.application_service", "identifier": identifier}
        answer = MatrixClient(self.port, self.as_token).ok("POST", "/_matrix/client/v3/login", request)
        porter = MatrixClient(self.port, self.remember_secret(answer["access_token"]))
        whoami = porter.ok("GET", "/_matrix/client/v3/account/whoami")
        self.assertEqual(whoami["user_id"], f"@gate_porter:{SERVER_NAME}")


class SharedNamespaceTest(StackTestCase):
    """A person may be in a namespace that isn't exclusive: that service acts as her, and leaves her what she has."""

    def test_service_acts_as_a_person_but_not_as_her_devices(self) -> None:
        pat = self.person("pat.shared")
        as_token = self.grant("puppets", {"shared_users": [r"@pat\..*"]})
        namespaces = {"users": [{"exclusive": False, "regex": r"@pat\..*"}]}
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, namespaces).status, 200)
        whoami = f"{_CLIENT}/account/whoami"
        phone = pat.ok("GET", whoami)["device_id"]
        service = MatrixClient(self.port, as_token)
        puppet = service.acting_as(pat.user_id)
        puppet.create_room()
        self.assert_error(puppet.request("GET", whoami, device_id=phone), 403, "M_FORBIDDEN")
        self.assert_error(puppet.request("PUT", f"{_CLIENT}/devices/{phone}", {"display_name": "x"}), 403, "M_FORBIDDEN")

        log_in = {"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": pat.user_id}}
        refused = service.request("POST", f"{_CLIENT}/login", {**log_in, "device_id": phone})
        self.assert_error(refused, 403, "M_FORBIDDEN")
        session = MatrixClient(
            self.port, self.remember_secret(service.ok("POST", f"{_CLIENT}/login", log_in)["access_token"])
        )
        self.assertEqual(session.ok("GET", whoami)["user_id"], pat.user_id)
        self.assert_error(session.request("POST", f"{_CLIENT}/logout/all"), 403, "M_FORBIDDEN")
        session.ok("POST", f"{_CLIENT}/logout")
        self.assertEqual(pat.ok("GET", whoami)["device_id"], phone)
