"""Device keys, push rules and the search for users, as a client finds them."""

from matrix_client import MatrixClient, quote
from stack_fixture import SERVER_NAME, StackTestCase

_CLIENT = "/_matrix/client/v3"


class KeysTest(StackTestCase):
    def device_of(self, person: MatrixClient) -> str:
        return person.ok("GET", f"{_CLIENT}/account/whoami")["device_id"]

    def device_keys(self, person: MatrixClient) -> dict:
        return {
            "user_id": person.user_id,
            "device_id": self.device_of(person),
            "algorithms": ["m.olm.v1.curve25519-aes-sha2"],
            "keys": {f"ed25519:{self.device_of(person)}": "public"},
        }

    def test_keys_are_uploaded_found_and_claimed_once(self) -> None:
        alice, bea = self.person("alice.keys"), self.person("bea.keys")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        first = alice.sync(timeout=0)
        self.assertNotIn("device_one_time_keys_count", first)
        bea.ok("POST", f"{_CLIENT}/keys/upload", {"one_time_keys": {"signed_curve25519:A": {"key": "bea's"}}})
        since = bea.sync(timeout=0)
        self.assertEqual(since["device_one_time_keys_count"], {"signed_curve25519": 1})
        self.assertEqual(since["device_unused_fallback_key_types"], [])

        keys = self.device_keys(alice)
        uploaded = alice.ok(
            "POST",
            f"{_CLIENT}/keys/upload",
            {"device_keys": keys, "one_time_keys": {"signed_curve25519:A": {"key": "alice's"}}},
        )
        self.assertEqual(uploaded, {"one_time_key_counts": {"signed_curve25519": 1}})
        told = bea.sync(since=since["next_batch"], timeout=10_000)
        self.assertEqual(told["device_lists"]["changed"], [alice.user_id])
        changes = bea.ok("GET", f"{_CLIENT}/keys/changes", **{"from": since["next_batch"], "to": told["next_batch"]})
        self.assertEqual(changes["changed"], [alice.user_id])
        found = bea.ok("POST", f"{_CLIENT}/keys/query", {"device_keys": {alice.user_id: []}})["device_keys"]
        shown = found[alice.user_id][keys["device_id"]]
        shown.pop("unsigned", None)
        self.assertEqual(shown, keys)

        before = alice.sync(timeout=0)["next_batch"]
        claim = {"one_time_keys": {alice.user_id: {keys["device_id"]: "signed_curve25519"}}}
        claimed = bea.ok("POST", f"{_CLIENT}/keys/claim", claim)["one_time_keys"]
        self.assertEqual(claimed[alice.user_id][keys["device_id"]], {"signed_curve25519:A": {"key": "alice's"}})
        left = alice.sync(since=before, timeout=10_000)
        self.assertEqual(left["device_one_time_keys_count"], {"signed_curve25519": 0})
        self.assertEqual(bea.ok("POST", f"{_CLIENT}/keys/claim", claim)["one_time_keys"], {})

    def test_keys_of_a_device_end_with_it(self) -> None:
        alice, bea = self.person("alice.ends"), self.person("bea.ends")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        for one in (alice, bea):
            one.ok("POST", f"{_CLIENT}/keys/upload", {"device_keys": self.device_keys(one)})
        since = bea.sync(timeout=0)["next_batch"]
        alice.ok("POST", f"{_CLIENT}/logout")
        told = bea.sync(since=since, timeout=10_000)
        self.assertEqual(told["device_lists"]["changed"], [alice.user_id])
        found = bea.ok("POST", f"{_CLIENT}/keys/query", {"device_keys": {alice.user_id: []}})
        self.assertEqual(found, {"device_keys": {alice.user_id: {}}, "failures": {}})

    def test_who_shares_no_room_any_more_is_told(self) -> None:
        alice, bea = self.person("alice.parts"), self.person("bea.parts")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        for one in (alice, bea):
            one.ok("POST", f"{_CLIENT}/keys/upload", {"device_keys": self.device_keys(one)})
        before = {one.user_id: one.sync(timeout=0)["next_batch"] for one in (alice, bea)}
        bea.ok("POST", f"{_CLIENT}/rooms/{quote(room_id)}/leave")
        for one, other in ((alice, bea), (bea, alice)):
            told = one.sync(since=before[one.user_id], timeout=10_000)
            self.assertEqual(told["device_lists"], {"changed": [], "left": [other.user_id]})
            between = {"from": before[one.user_id], "to": told["next_batch"]}
            self.assertEqual(one.ok("GET", f"{_CLIENT}/keys/changes", **between)["left"], [other.user_id])

    def test_nobody_uploads_keys_for_another(self) -> None:
        alice, bea = self.person("alice.theirs"), self.person("bea.theirs")
        refused = bea.request("POST", f"{_CLIENT}/keys/upload", {"device_keys": self.device_keys(alice)})
        self.assert_error(refused, 400, "M_INVALID_PARAM")


class PushRulesTest(StackTestCase):
    def test_rules_are_predefined_and_changes_come_by_sync(self) -> None:
        alice = self.person("alice.rules")
        rules = alice.ok("GET", f"{_CLIENT}/pushrules/")
        self.assertEqual(rules["global"]["override"][0]["rule_id"], ".m.rule.master")
        first = alice.sync(timeout=0)
        content = {"type": "m.push_rules", "content": rules}
        self.assertEqual(first["account_data"]["events"], [content])
        user = f"{_CLIENT}/user/{quote(alice.user_id)}"
        self.assertEqual(alice.ok("GET", f"{user}/account_data/m.push_rules"), rules)

        message = f"{_CLIENT}/pushrules/global/underride/.m.rule.message"
        alice.ok("PUT", f"{message}/enabled", {"enabled": False})
        alice.ok("PUT", f"{_CLIENT}/pushrules/global/content/lunch", {"pattern": "lunch", "actions": ["notify"]})
        changed = alice.ok("GET", f"{_CLIENT}/pushrules/")
        self.assertNotEqual(changed, rules)
        self.assertEqual(alice.ok("GET", f"{message}/enabled"), {"enabled": False})
        told = alice.sync(since=first["next_batch"], timeout=10_000)
        self.assertEqual(told["account_data"]["events"][-1]["content"], changed)
        alice.ok("DELETE", f"{_CLIENT}/pushrules/global/content/lunch")
        gone = alice.request("GET", f"{_CLIENT}/pushrules/global/content/lunch")
        self.assert_error(gone, 404, "M_NOT_FOUND")
        self.assert_error(alice.request("DELETE", message), 400, "M_INVALID_PARAM")


class UserDirectoryTest(StackTestCase):
    def test_users_in_rooms_that_one_sees_are_found(self) -> None:
        alice, bea, carol = (self.person(f"{name}.search") for name in ("alice", "bea", "carol"))
        path = f"{_CLIENT}/user_directory/search"
        carol.create_room()
        bea.ok("PUT", f"{_CLIENT}/profile/{quote(bea.user_id)}/displayname", {"displayname": "Bea Seen"})
        bea.create_room(preset="public_chat")
        found = alice.ok("POST", path, {"search_term": ".search"})
        self.assertEqual(
            found, {"limited": False, "results": [{"user_id": bea.user_id, "display_name": "Bea Seen"}]}
        )
        self.assertEqual(bea.user_id, f"@bea.search:{SERVER_NAME}")
        self.assert_error(alice.request("POST", path, {}), 400, "M_MISSING_PARAM")
