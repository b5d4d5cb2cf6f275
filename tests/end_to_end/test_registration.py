"""The draft's POST /register and /unregister: who may, what is refused, what is kept."""

import json
import secrets
import time

from draft_bridge import NAMESPACES
from matrix_client import MatrixClient
from polling import eventually
from recording_appservice import NOT_FOUND
from stack_fixture import StackTestCase

_ANY = {"users": [".*"], "aliases": [".*"], "rooms": [".*"]}


class RegistrationTest(StackTestCase):
    def test_answers_200_with_the_hs_token_alone(self) -> None:
        as_token = self.grant("plain", NAMESPACES)
        response = self.register("http://127.0.0.1:9", as_token)
        self.assertEqual(response.status, 200, str(response))
        self.assertEqual(list(response.json()), ["hs_token"])
        self.assertGreaterEqual(len(response.json()["hs_token"]), 32)
        self.post("/unregister", {"as_token": as_token})

    def test_is_served_under_the_old_prefix_too(self) -> None:
        as_token = self.grant("prefixed", NAMESPACES)
        body = {"url": "http://127.0.0.1:9", "as_token": as_token, "namespaces": NAMESPACES}
        response = self.post("/_matrix/appservice/v1/register", body)
        self.assertEqual(response.status, 200, str(response))
        self.remember_secret(response.json()["hs_token"])
        gone = self.post("/_matrix/appservice/v1/unregister", {"as_token": as_token})
        self.assertEqual(gone.status, 200, str(gone))

    def test_refuses_what_is_no_regex_with_400(self) -> None:
        as_token = self.grant("regexes", _ANY, "--allow_broad")
        for name, regex in (
            ("unclosed bracket", "@[a"),
            ("unclosed group", "@(a"),
            ("nothing to repeat", "*"),
            ("empty", ""),
            ("over 1024 bytes", "@" + "a" * 1024),
            ("huge when compiled", "@((a{1,100}){1,100}){1,100}"),
        ):
            with self.subTest(name):
                response = self.register("http://127.0.0.1:9", as_token, {"users": [regex]})
                self.assert_error(response, 400)

    def test_refuses_wrong_types_with_400(self) -> None:
        as_token = self.grant("types", _ANY, "--allow_broad")
        url = "http://127.0.0.1:9"
        for name, body in (
            ("url is a number", {"url": 5, "as_token": as_token, "namespaces": {}}),
            ("url is missing", {"as_token": as_token, "namespaces": {}}),
            ("url is no URL", {"url": "not a url", "as_token": as_token, "namespaces": {}}),
            ("url of another kind", {"url": "ftp://a/", "as_token": as_token, "namespaces": {}}),
            ("namespaces is a list", {"url": url, "as_token": as_token, "namespaces": []}),
            ("users is a string", {"url": url, "as_token": as_token, "namespaces": {"users": "@a"}}),
            ("a namespace is a number", {"url": url, "as_token": as_token, "namespaces": {"users": [1]}}),
            ("exclusive is a string", {"url": url, "as_token": as_token,
                                       "namespaces": {"users": [{"regex": "@a", "exclusive": "yes"}]}}),
        ):  # fmt: skip
            with self.subTest(name):
                self.assert_error(self.post("/register", body), 400)

    def test_without_credentials_is_401(self) -> None:
        for name, extra in (("absent", {}), ("empty", {"as_token": ""})):
            with self.subTest(name):
                body = {"url": "http://127.0.0.1:9", "namespaces": NAMESPACES} | extra
                self.assert_error(self.post("/register", body), 401)

    def test_with_an_unknown_token_is_403(self) -> None:
        unknown = self.remember_secret("no-operator-has-allowed-this-token")
        self.assert_error(self.register("http://127.0.0.1:9", unknown), 403, "M_FORBIDDEN")

    def test_beyond_the_grant_is_403(self) -> None:
        as_token = self.grant("narrow", NAMESPACES)
        response = self.register("http://127.0.0.1:9", as_token, _ANY)
        self.assert_error(response, 403, "M_FORBIDDEN")
        self.assertIn(".*", response.json()["error"], "the message names the namespace")

    def test_within_the_union_of_ceilings_is_allowed_and_beyond_it_shown(self) -> None:
        as_token = self.grant("union", {"users": ["@union_[a-m].*", "@union_[n-z].*"]})
        within = {"users": [{"exclusive": True, "regex": "@union_[a-z]+:"}]}
        response = self.register("http://127.0.0.1:9", as_token, within)
        self.assertEqual(response.status, 200, str(response))
        response = self.register("http://127.0.0.1:9", as_token, {"users": ["@union_[a-z0]"]})
        self.assert_error(response, 403, "M_FORBIDDEN")
        self.assertIn("would also claim \"@union_0:", response.json()["error"])
        self.post("/unregister", {"as_token": as_token})

    def test_namespaces_are_checked_beforehand(self) -> None:
        token = self.grant("checked", {"users": ["@checked_.*"]})
        taken = {"users": [{"exclusive": True, "regex": "@checked_b.*"}]}
        self.assertEqual(self.register("http://127.0.0.1:9", token, taken).status, 200)
        # Of what isn't said, deploy/local.sh allows all.
        self.grant("checking", {"users": ["@checked_.*"], "rooms": ["!checked_.*"]})
        words = ["namespace", "check", "--grant=checking", "--users=@checked_.*ob:", "--rooms=!x", "--output=json"]
        done = self.ctl(*words)
        self.assertEqual(done.returncode, 1, "something is refused")
        self.assertIn("2 refusals", done.stderr)
        found = {(one["field"], one["verdict"], one["code"]): one for one in json.loads(done.stdout)}
        overlap = found["namespaces.users[0]", "refused", "overlap"]
        self.assertIn('"checked"', overlap["message"])
        self.assertRegex(overlap["witness"], "^@checked_bob:")
        self.assertIn(("namespaces.rooms[0]", "refused", "beyond_grant"), found)
        advice = found["namespaces.users[0]", "warning", "no_underscore"]
        self.assertEqual(advice["suggestion"], "@_checked_.*ob:")
        table = self.ctl_ok("namespace", "check", "--users=@_new.name_.*")
        self.assertIn("unescaped_dot", table)
        self.assertIn(r"@_new\.name_.*", table)
        self.post("/unregister", {"as_token": token})

    def test_a_file_is_checked_beforehand_and_refused_for_the_same(self) -> None:
        """Each file is checked, then registered: both name the same thing."""
        users = {"users": [r"@_file_.*:hsdomain\.com$"]}
        prefix = "--url_prefix=http://127.0.0.1:9"
        neighbour, _ = self.register_v1("neighbour", None, {"users": [r"@_file_n.*:hsdomain\.com$"]})
        registration = {
            "id": "filed",
            "url": "http://127.0.0.1:9",
            "as_token": self.grant("filed", users, prefix),
            "hs_token": self.remember_secret(secrets.token_urlsafe(24)),
            "sender_localpart": "filed",
            "namespaces": {"users": [{"exclusive": True, "regex": r"@_file_a.*:hsdomain\.com$"}]},
        }
        file = self._folder / "filed.yaml"
        checked = ["namespace", "check", f"--file={file}"]

        def refusals() -> dict[str, str]:
            found = json.loads(self.ctl(*checked, "--output=json").stdout)
            return {f"{one['field']} {one['code']}": one["message"] for one in found if one["verdict"] == "refused"}

        for changed, codes in (
            ({"id": "neighbour"}, {"id id_taken"}),
            ({"sender_localpart": "neighbour"}, {"sender_localpart sender_beyond_grant", "sender_localpart sender_taken"}),
            ({"sender_localpart": "_file_nn"}, {"sender_localpart sender_in_namespace"}),
            ({"url": "http://127.0.0.1:10"}, {"url url_beyond_grant"}),
            ({"as_token": self.remember_secret("as-token-that-nobody-has-allowed")}, {"as_token no_grant"}),
        ):
            with self.subTest(str(codes)):
                file.write_text(json.dumps(registration | changed))
                found = refusals()
                self.assertEqual(set(found), codes)
                done = self.ctl("appservice", "register", f"--file={file}")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(next(iter(found.values())), done.stderr)
        for field, value in (("hs_token", "two words"), ("protocols", ["irc"] * 101)):
            with self.subTest(field):
                file.write_text(json.dumps(registration | {field: value}))
                said = self.ctl(*checked).stderr
                self.assertIn(f"`{field}`", said)
                self.assertEqual(self.ctl("appservice", "register", f"--file={file}").stderr, said)
        file.write_text(json.dumps(registration))
        self.assertEqual(json.loads(self.ctl_ok(*checked, "--output=json")), [])
        self.ctl_ok("appservice", "register", f"--file={file}")
        # It isn't in its own way, also under another id.
        file.write_text(json.dumps(registration | {"id": "filed_anew"}))
        self.assertEqual(json.loads(self.ctl_ok(*checked, "--output=json")), [])
        for as_token in (registration["as_token"], neighbour.token):
            self.post("/unregister", {"as_token": as_token})

    def test_is_in_force_within_a_second(self) -> None:
        alice = self.person("alice.swift")
        room_id = alice.create_room()
        appservice = self.recording_appservice()
        as_token = self.grant("swift", {"users": [r"@alice\.swift:.*"]})
        started = time.monotonic()
        response = self.register(appservice.url, as_token, {"users": [r"@alice\.swift:.*"]})
        self.assertEqual(response.status, 200, str(response))
        alice.send(room_id, "are you there?")
        eventually(lambda: "are you there?" in appservice.delivered_texts(), "a push", seconds=1)
        self.assertLess(time.monotonic() - started, 1)
        self.post("/unregister", {"as_token": as_token})


class RegisteringAgainTest(StackTestCase):
    def test_keeps_the_hs_token_and_the_queue_and_takes_the_new_url(self) -> None:
        bridge, as_bridge, hs_token = self.draft_bridge("#moving")
        alice = self.person("alice")
        room_id = alice.join(bridge.alias)
        alice.send(room_id, "one")
        bridge.wait_for_texts(["one"])
        bridge.go_down()
        for body in ("two", "three"):
            alice.send(room_id, body)

        moved = self.recording_appservice()
        again = self.register(moved.url, as_bridge.token)
        self.assertEqual(again.json(), {"hs_token": hs_token})
        moved.wait_for_texts(["two", "three"])
        used = {attempt.last_segment for attempt in bridge.transactions() if attempt.acknowledged}
        reused = used & {attempt.last_segment for attempt in moved.transactions()}
        self.assertEqual(reused, set(), "no acknowledged transaction ID is used again")

    def test_equal_registration_changes_nothing(self) -> None:
        bridge, as_bridge, hs_token = self.draft_bridge("#again")
        for _ in range(3):
            self.assertEqual(self.register(bridge.url, as_bridge.token).json(), {"hs_token": hs_token})
        alice = self.person("al")
        alice.send(alice.join(bridge.alias), "still here")
        bridge.wait_for_texts(["still here"])

    def test_contacts_nobody(self) -> None:
        """Services of the draft's days register before they listen."""
        appservice = self.recording_appservice()
        appservice.respond = lambda _: NOT_FOUND
        as_token = self.grant("quiet", NAMESPACES)
        self.assertEqual(self.register(appservice.url, as_token).status, 200)
        self.assertEqual(appservice.requests(), [])
        self.post("/unregister", {"as_token": as_token})


class UnregisterTest(StackTestCase):
    def test_stops_delivery_and_frees_the_namespaces(self) -> None:
        leaver, as_leaver, _ = self.draft_bridge("#leaving")
        # The witness sees the same events: when it has got one, the other would have too.
        witness = self.recording_appservice()
        everything = {"rooms": [{"exclusive": False, "regex": ".*"}]}
        witness_token = self.grant("witness", {"rooms": [".*"]})
        self.assertEqual(self.register(witness.url, witness_token, everything).status, 200)
        alice = self.person("alice")
        room_id = alice.join(leaver.alias)
        alice.send(room_id, "before")
        leaver.wait_for_texts(["before"])
        leaver.go_down()
        alice.send(room_id, "queued when it leaves")

        gone = self.post("/unregister", {"as_token": as_leaver.token})
        self.assertEqual((gone.status, gone.json()), (200, {}), str(gone))
        leaver.come_up()
        alice.send(room_id, "after")
        witness.wait_for_texts(["before", "queued when it leaves", "after"])
        self.assertEqual(leaver.delivered_texts()[-1:], ["before"])

        self.assert_error(as_leaver.request("GET", "/_matrix/client/v3/account/whoami"), 401)
        successor = self.grant("successor", NAMESPACES)
        self.assertEqual(self.register("http://127.0.0.1:9", successor).status, 200)

    def test_ends_the_tokens_of_its_users_for_good(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#ending")
        login = {"type": "m.login.application_service", "username": "irc.freenode.net/ends"}
        registered = as_bridge.ok("POST", "/_matrix/client/v3/register", login)
        login["identifier"] = {"type": "m.id.user", "user": "irc.freenode.net/ends"}
        logged_in = as_bridge.ok("POST", "/_matrix/client/v3/login", login)
        paths = ("account/whoami", "joined_rooms", "capabilities")

        def assert_all_are_unknown() -> None:
            for answer in (registered, logged_in):
                ghost = MatrixClient(self.port, self.remember_secret(answer["access_token"]))
                for path in paths:
                    self.assert_error(ghost.request("GET", f"/_matrix/client/v3/{path}"), 401, "M_UNKNOWN_TOKEN")

        for answer in (registered, logged_in):
            ghost = MatrixClient(self.port, answer["access_token"])
            for path in paths:
                ghost.ok("GET", f"/_matrix/client/v3/{path}")
        self.post("/unregister", {"as_token": as_bridge.token})
        assert_all_are_unknown()
        again = self.register(bridge.url, as_bridge.token)
        self.assertEqual(again.status, 200, str(again))
        assert_all_are_unknown()
        anew = as_bridge.ok("POST", "/_matrix/client/v3/login", login)
        MatrixClient(self.port, self.remember_secret(anew["access_token"])).ok("GET", f"/_matrix/client/v3/{paths[0]}")

    def test_of_a_stranger_is_refused(self) -> None:
        self.assert_error(self.post("/unregister", {"as_token": "never-heard-of"}), 403, "M_FORBIDDEN")
        self.assert_error(self.post("/unregister", {}), 401)

    def test_and_a_new_registration_starts_anew(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#anew")
        self.post("/unregister", {"as_token": as_bridge.token})
        second = self.register(bridge.url, as_bridge.token)
        self.assertEqual(second.status, 200, str(second))
        alice = self.person("ann")
        alice.send(alice.join(bridge.alias), "welcome back")
        bridge.wait_for_texts(["welcome back"])
