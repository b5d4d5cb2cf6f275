"""What operators grant, and for how long: ceilings, narrowing, addresses, expiry."""

import datetime
import json

from matrix_client import MatrixClient
from polling import eventually
from recording_appservice import OK, Answer, Request
from stack_fixture import StackTestCase

# Every kind is named, so that deploy/local.sh adds none.
_NARROW = {"users": ["@_a_.*"], "aliases": ["#_a_.*"], "rooms": ["!_a_.*"]}


def _exclusive(regex: str) -> dict:
    return {"users": [{"exclusive": True, "regex": regex}]}


def _shared(regex: str) -> dict:
    return {"users": [{"exclusive": False, "regex": regex}]}


class GrantTest(StackTestCase):
    def show(self, name: str) -> dict:
        return json.loads(self.ctl_ok("grant", "show", name, "--output=json"))

    def test_broad_ceiling_is_refused_unless_it_is_meant(self) -> None:
        token_file = self._folder / "broad.token"
        token_file.write_text(self.remember_secret("broad-token-of-this-test") + "\n")
        words = ["grant", "create", "--name=broad", f"--as_token_file={token_file}"]
        words += ["--users=@_b_.*", "--users=@.*", "--aliases=#_b_.*", "--rooms=!_b_.*"]
        refused = self.ctl(*words)
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertRegex(refused.stderr, r'ceilings\.users\[1\].*such as "@[a-z0-9]+:hsdomain\.com"')
        self.ctl_ok(*words, "--allow_broad")
        self.assertTrue(self.show("broad")["allow_broad"])

    def test_shared_ceiling_lets_see_but_not_own(self) -> None:
        as_token = self.grant("shared", _NARROW, "--shared_users=@_shared_.*")
        self.assert_error(self.register("http://127.0.0.1:9", as_token, _exclusive("@_shared_.*")), 403)
        response = self.register("http://127.0.0.1:9", as_token, _shared("@_shared_.*"))
        self.assertEqual(response.status, 200, str(response))
        self.post("/unregister", {"as_token": as_token})

    def test_narrowing_below_what_is_registered_is_refused_with_a_witness(self) -> None:
        as_token = self.grant("narrowed", {**_NARROW, "users": ["@_n_.*"]})
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, _exclusive("@_n_.*")).status, 200)
        narrower = ["grant", "update", "narrowed", "--users=@_n_[a-m].*"]
        refused = self.ctl(*narrower)
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertRegex(refused.stderr, r'would also claim "@_n_([^a-m].*)?:hsdomain\.com"')
        done = json.loads(self.ctl_ok(*narrower, "--unregister", "--reason=test", "--yes", "--output=json"))
        self.assertEqual((done["users"], done["unregistered"]), (["@_n_[a-m].*"], "narrowed"))
        self.assertNotIn("narrowed", self.ctl_ok("appservice", "list"))
        self.assert_error(self.register("http://127.0.0.1:9", as_token, _exclusive("@_n_.*")), 403)
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, _exclusive("@_n_a")).status, 200)

    def test_expired_grant_ends_the_registration_and_can_be_prolonged(self) -> None:
        as_token = self.grant("expiring", {**_NARROW, "users": ["@_e_.*"]}, "--expires=2999-01-01T00:00:00Z")
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, _exclusive("@_e_.*")).status, 200)
        whoami = ("GET", "/_matrix/client/v3/account/whoami")
        bridge = MatrixClient(self.port, as_token)
        self.assertEqual(bridge.request(*whoami).status, 200)
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        at_once = ("grant", "update", "expiring", f"--expires={now}")
        self.assertIn("--unregister", self.ctl(*at_once).stderr)
        self.assertEqual(bridge.request(*whoami).status, 200)
        self.ctl_ok(*at_once, "--unregister", "--reason=test", "--yes")
        eventually(lambda: bridge.request(*whoami).status == 401, "the token is nobody's")
        refused = self.register("http://127.0.0.1:9", as_token, _exclusive("@_e_.*"))
        self.assert_error(refused, 403, "M_FORBIDDEN")
        self.assertIn("has expired", refused.json()["error"])
        self.ctl_ok("grant", "update", "expiring", "--expires=never")
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, _exclusive("@_e_.*")).status, 200)

    def test_private_networks_can_be_forbidden_and_allowed_again(self) -> None:
        appservice = self.recording_appservice()
        as_token = self.grant("outside", {**_NARROW, "rooms": ["!.*"]}, "--allow_broad", "--private_networks=no")
        rooms = {"rooms": [{"exclusive": False, "regex": "!.*"}]}
        self.assertEqual(self.register(appservice.url, as_token, rooms).status, 200)
        alice = self.person("alice.outside")
        alice.send(alice.create_room(), "can you hear me?")

        def refused_address() -> bool:
            queue = json.loads(self.ctl_ok("queue", "show", "outside", "--output=json"))
            return "127.0.0.1 is not allowed" in (queue["last_error"] or "")

        eventually(refused_address, "the address is refused")
        self.assertEqual(appservice.requests(), [])
        self.ctl_ok("grant", "update", "outside", "--private_networks=yes")
        self.ctl_ok("queue", "retry", "outside", "--reason=allowed now")
        appservice.wait_for_texts(["can you hear me?"])
        self.post("/unregister", {"as_token": as_token})

    def pending(self, grant: str) -> list[dict]:
        requests = json.loads(self.ctl_ok("request", "list", "--output=json"))
        return [one for one in requests if one["grant"] == grant]

    def test_what_is_beyond_a_grant_waits_for_an_operator(self) -> None:
        as_token = self.grant("asking", {**_NARROW, "users": ["@_asking_.*"]})
        wanted = _exclusive("@_asking_[a-z]+|@_more_.*")
        refused = self.register("http://127.0.0.1:9", as_token, wanted)
        self.assert_error(refused, 403, "M_FORBIDDEN")
        self.assertIn('would also claim "@_more_', refused.json()["error"])
        [request] = self.pending("asking")
        self.assertEqual(request["beyond"], ["namespaces.users[0]"])
        self.assertEqual(request["why"], [refused.json()["error"]])
        self.ctl_ok("request", "reject", request["id"], "--reason=test", "--yes")
        self.assertEqual(self.pending("asking"), [])

        self.register("http://127.0.0.1:9", as_token, wanted)
        [request] = self.pending("asking")
        self.ctl_ok("request", "approve", request["id"])
        self.assertEqual(self.pending("asking"), [])
        self.assertIn("@_asking_[a-z]+|@_more_.*", self.show("asking")["users"])
        again = self.register("http://127.0.0.1:9", as_token, wanted)
        self.assertEqual(again.status, 200, str(again))
        gone = self.ctl("request", "approve", request["id"])
        self.assertEqual(gone.returncode, 4, gone.stderr)
        actions = [one["action"] for one in json.loads(self.ctl_ok("audit", "list", "--count=5", "--output=json"))]
        kept = "keep_request"
        self.assertEqual(actions, ["register", "approve_request", kept, "reject_request", kept])
        self.post("/unregister", {"as_token": as_token})

    def test_hs_token_is_rotated_without_losing_a_transaction(self) -> None:
        """The bridge learns the new token late; until then the old one is good."""
        appservice = self.recording_appservice()
        as_token = self.grant("rotating", {**_NARROW, "rooms": ["!.*"]}, "--allow_broad")
        rooms = {"rooms": [{"exclusive": False, "regex": "!.*"}]}
        response = self.register(appservice.url, as_token, rooms)
        known = [response.json()["hs_token"]]

        def check_token(request: Request) -> Answer:
            return OK if request.query.get("access_token") == known else Answer(403, b"{}")

        appservice.respond = check_token
        alice = self.person("alice.rotating")
        room_id = alice.create_room()
        alice.send(room_id, "before")
        token_file = self._folder / "rotating.hs_token"
        rotate = ["appservice", "rotate-token", "rotating", f"--hs_token_file={token_file}"]
        self.ctl_ok(*rotate, "--overlap_seconds=600")
        new_token = self.remember_secret(token_file.read_text().strip())
        self.assertEqual(token_file.stat().st_mode & 0o777, 0o600)
        self.assertNotEqual(new_token, known[0])
        alice.send(room_id, "during")
        appservice.wait_for_texts(["before", "during"])
        self.assertEqual(self.register(appservice.url, as_token, rooms).json()["hs_token"], new_token)
        known[0] = new_token
        alice.send(room_id, "after")
        appservice.wait_for_texts(["before", "during", "after"])
        self.assertIn("0 sealed anew", self.ctl_ok("appservice", "reseal"))
        self.post("/unregister", {"as_token": as_token})

    def test_every_change_is_on_record(self) -> None:
        as_token = self.grant("audited", {**_NARROW, "users": ["@_audited_.*"]})
        self.assertEqual(self.register("http://127.0.0.1:9", as_token, _exclusive("@_audited_.*")).status, 200)
        self.ctl_ok("grant", "update", "audited", "--url_prefix=http://127.0.0.1:9")
        self.ctl_ok("grant", "remove", "audited", "--reason=test", "--yes")
        records = json.loads(self.ctl_ok("audit", "list", "--count=5", "--output=json"))
        found = [(one["actor"], one["action"]) for one in reversed(records)]
        expected = [
            ("operator", "create_grant"),
            ("appservice audited", "register"),
            ("operator", "update_grant"),
            ("operator", "unregister"),
            ("operator", "delete_grant"),
        ]
        self.assertEqual(found, expected)
        self.assertEqual(records[2]["before"]["url_prefix"], "")
        self.assertEqual(records[2]["after"]["url_prefix"], "http://127.0.0.1:9")
        self.assertIsNone(records[0]["after"])
        self.assertNotIn(as_token, json.dumps(records))
        self.assertIn("delete_grant", self.ctl_ok("audit", "list"))
