"""Accounts from a client's side: passwords, devices, the end of a user, media, too many requests."""

import contextlib
import http.client
import unittest

from draft_bridge import NAMESPACES
from matrix_client import MatrixClient, exchange_bytes, quote
from polling import eventually
from stack_fixture import SERVER_NAME, StackTestCase

_CLIENT = "/_matrix/client/v3"


def proof(user: str, password: str) -> dict:
    return {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password}


class AccountTestCase(StackTestCase):
    def new_person(self, localpart: str, password: str) -> MatrixClient:
        request = {"username": localpart, "password": password}
        first = self.post(f"{_CLIENT}/register", request)
        self.assertEqual(first.status, 401, str(first))
        request["auth"] = {"type": "m.login.dummy", "session": first.json()["session"]}
        return self._session(self.post(f"{_CLIENT}/register", request))

    def log_in(self, localpart: str, password: str):
        return self.post(f"{_CLIENT}/login", proof(localpart, password))

    def logged_in(self, localpart: str, password: str) -> MatrixClient:
        return self._session(self.log_in(localpart, password))

    def _session(self, response) -> MatrixClient:
        self.assertEqual(response.status, 200, str(response))
        answer = response.json()
        self.remember_secret(answer["access_token"])
        client = MatrixClient(self.port, answer["access_token"], answer["user_id"])
        client.device_id = answer["device_id"]
        return client

    def is_logged_in(self, client: MatrixClient) -> bool:
        response = client.request("GET", f"{_CLIENT}/account/whoami")
        self.assertIn(response.status, (200, 401), str(response))
        return response.status == 200


class PasswordTest(AccountTestCase):
    def test_new_password_ends_the_other_sessions(self) -> None:
        alice = self.new_person("alice.pass", "first words")
        phone = self.logged_in("alice.pass", "first words")
        path = f"{_CLIENT}/account/password"
        asked = alice.request("POST", path, {"new_password": "second words"})
        self.assertEqual(asked.status, 401)
        self.assertEqual(asked.json()["flows"], [{"stages": ["m.login.password"]}])
        wrong = {"new_password": "second words", "auth": proof("alice.pass", "guessed")}
        self.assert_error(alice.request("POST", path, wrong), 401, "M_FORBIDDEN")
        self.assertTrue(self.is_logged_in(phone))
        alice.ok("POST", path, {"new_password": "second words", "auth": proof("alice.pass", "first words")})
        self.assertTrue(self.is_logged_in(alice))
        self.assertFalse(self.is_logged_in(phone))
        self.assert_error(self.log_in("alice.pass", "first words"), 403, "M_FORBIDDEN")
        self.logged_in("alice.pass", "second words")

    def test_deactivated_user_is_gone_for_good(self) -> None:
        bella = self.new_person("bella.ends", "words")
        room_id = bella.create_room(preset="public_chat")
        watcher = self.person("watcher")
        watcher.join(room_id)
        path = f"{_CLIENT}/account/deactivate"
        self.assertEqual(bella.request("POST", path, {}).status, 401)
        bella.ok("POST", path, {"auth": proof(bella.user_id, "words"), "erase": True})
        self.assertFalse(self.is_logged_in(bella))
        self.assert_error(self.log_in("bella.ends", "words"), 403, "M_FORBIDDEN")
        again = {"username": "bella.ends", "password": "x", "auth": {"type": "m.login.dummy"}}
        self.assert_error(self.post(f"{_CLIENT}/register", again), 400, "M_USER_IN_USE")
        members = watcher.ok("GET", f"{_CLIENT}/rooms/{quote(room_id)}/joined_members")["joined"]
        self.assertEqual(list(members), [watcher.user_id])
        listed = self.ctl_ok("user", "list")
        self.assertRegex(listed, rf"{bella.user_id} +deactivated")
        self.assertRegex(listed, rf"{watcher.user_id} +person")

    def test_names_that_are_free(self) -> None:
        path = f"{_CLIENT}/register/available"
        nobody = MatrixClient(self.port)
        self.assertEqual(nobody.ok("GET", path, username="free.one"), {"available": True})
        self.new_person("not.free", "words")
        self.assert_error(nobody.request("GET", path, username="not.free"), 400, "M_USER_IN_USE")
        self.assert_error(nobody.request("GET", path, username="No!"), 400, "M_INVALID_USERNAME")


class DeviceTest(AccountTestCase):
    def test_devices_of_a_person(self) -> None:
        alice = self.new_person("alice.dev", "words")
        phone = self.logged_in("alice.dev", "words")
        path = f"{_CLIENT}/devices/{quote(phone.device_id)}"
        alice.ok("PUT", path, {"display_name": "phone"})
        self.assertEqual(alice.ok("GET", path), {"device_id": phone.device_id, "display_name": "phone"})
        devices = alice.ok("GET", f"{_CLIENT}/devices")["devices"]
        self.assertEqual({one["device_id"] for one in devices}, {alice.device_id, phone.device_id})
        self.assert_error(alice.request("PUT", f"{_CLIENT}/devices/NONE", {}), 404, "M_NOT_FOUND")
        self.assertEqual(alice.request("DELETE", path, {}).status, 401)
        self.assertTrue(self.is_logged_in(phone))
        alice.ok("DELETE", path, {"auth": proof("alice.dev", "words")})
        self.assertFalse(self.is_logged_in(phone))

    def test_devices_of_a_virtual_user(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#devices")
        alice = self.person("alice.waits")
        alice.join(bridge.alias)
        bob = as_bridge.acting_as(bridge.user_id("Bob"))
        created = bob.request("PUT", f"{_CLIENT}/devices/BRIDGE", {"display_name": "the bridge"})
        self.assertEqual(created.status, 201, str(created))
        whoami = f"{_CLIENT}/account/whoami"
        self.assertEqual(bob.ok("GET", whoami, device_id="BRIDGE")["device_id"], "BRIDGE")
        old_name = {"org.matrix.msc3202.device_id": "BRIDGE"}
        self.assertEqual(bob.ok("GET", whoami, **old_name)["device_id"], "BRIDGE")
        self.assertNotIn("device_id", bob.ok("GET", whoami))
        self.assert_error(bob.request("GET", whoami, device_id="OTHER"), 400, "M_UNKNOWN_DEVICE")
        self.assertNotIn("device_id", bob.ok("GET", whoami, **{"org.matrix.msc3202.device_id": "OTHER"}))
        bob.ok("POST", f"{_CLIENT}/delete_devices", {"devices": ["BRIDGE"]})
        self.assertEqual(bob.ok("GET", f"{_CLIENT}/devices"), {"devices": []})
        # Whose account it isn't.
        self.assert_error(
            as_bridge.request(
                "POST", f"{_CLIENT}/account/deactivate", {}, user_token=alice.token
            ),
            403,
            "M_FORBIDDEN",
        )
        bob.ok("POST", f"{_CLIENT}/account/deactivate", {})
        self.assert_error(bob.request("GET", f"{_CLIENT}/devices"), 403, "M_USER_DEACTIVATED")


    def test_no_server_relays_calls(self) -> None:
        path = f"{_CLIENT}/voip/turnServer"
        self.assertEqual(self.person("alice.calls").ok("GET", path), {})
        self.assert_error(MatrixClient(self.port).request("GET", path), 401, "M_MISSING_TOKEN")


class MediaTest(AccountTestCase):
    EXTRA_FLAGS = {"gateway": ["--upload_bytes_max=3000000"]}

    def upload(self, client: MatrixClient, content: bytes, content_type: str, **parameters: str):
        query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
        head = (
            f"POST /_matrix/media/v3/upload?{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
            f"Authorization: Bearer {client.token}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return exchange_bytes(self.port, head.encode() + content)

    def test_operators_delete_media(self) -> None:
        alice = self.person("alice.deleted")
        uris = [self.upload(alice, b"x" * size, "image/png").json()["content_uri"] for size in (3, 4, 5)]
        ids = [uri.rpartition("/")[2] for uri in uris]
        listed = self.ctl_ok("media", "list", "--user", alice.user_id)
        for media_id in ids:
            self.assertIn(media_id, listed)
        self.ctl_ok("media", "delete", ids[0], "--reason=test", "--yes")
        download = f"/_matrix/media/v3/download/{SERVER_NAME}"
        self.assert_error(alice.request("GET", f"{download}/{ids[0]}"), 404, "M_NOT_FOUND")
        said = self.ctl_ok("media", "delete-of-user", alice.user_id, "--reason=test", "--yes")
        self.assertIn(f"2 media of {alice.user_id} deleted, 9 bytes", said)
        self.assert_error(alice.request("GET", f"{download}/{ids[2]}"), 404, "M_NOT_FOUND")
        self.assertNotIn(ids[1], self.ctl_ok("media", "list"))

    def test_what_is_uploaded_is_downloaded_also_after_a_restart(self) -> None:
        alice = self.person("alice.media")
        content = bytes(i * 7 % 256 for i in range(2_500_000))
        uploaded = self.upload(alice, content, "image/png", filename="a cat.png")
        self.assertEqual(uploaded.status, 200, str(uploaded))
        uri = uploaded.json()["content_uri"]
        self.assertTrue(uri.startswith(f"mxc://{SERVER_NAME}/"), uri)
        place = uri.removeprefix("mxc://")
        nobody = MatrixClient(self.port)
        for client, path in (
            (nobody, f"/_matrix/media/v3/download/{place}"),
            (nobody, f"/_matrix/media/r0/thumbnail/{place}"),
            (alice, f"/_matrix/client/v1/media/download/{place}"),
        ):
            with self.subTest(path):
                response = client.request("GET", path)
                self.assertEqual(response.status, 200)
                self.assertEqual(response.body, content)
                self.assertEqual(response.headers["content-type"], "image/png")
                self.assertEqual(response.headers["content-disposition"], 'inline; filename="a cat.png"')
                self.assertIn("sandbox", response.headers["content-security-policy"])
        authenticated = f"/_matrix/client/v1/media/download/{place}"
        self.assert_error(nobody.request("GET", authenticated), 401, "M_MISSING_TOKEN")
        self.stack.processes["homeserver"].stop()
        self.stack.up()
        self.assertEqual(nobody.request("GET", f"/_matrix/media/v3/download/{place}").body, content)

    def test_too_large_and_not_there(self) -> None:
        alice = self.person("alice.large")
        config = alice.ok("GET", "/_matrix/client/v1/media/config")
        self.assertEqual(config, {"m.upload.size": 3000000})
        for old in ("v3", "r0"):
            self.assertEqual(alice.ok("GET", f"/_matrix/media/{old}/config"), config)
        response = self.upload(alice, bytes(3000001), "image/png")
        self.assert_error(response, 413, "M_TOO_LARGE")
        for place in (f"{SERVER_NAME}/none", "elsewhere.org/none"):
            response = alice.request("GET", f"/_matrix/media/v3/download/{place}")
            self.assert_error(response, 404, "M_NOT_FOUND")


class RateLimitTest(AccountTestCase):
    EXTRA_FLAGS = {
        "gateway": [
            "--user_requests_per_second_max=1",
            "--user_requests_burst=5",
            "--address_requests_per_second_max=1",
            "--address_requests_burst=20",
        ]
    }

    def test_people_are_bounded_and_bridges_are_not(self) -> None:
        alice = self.new_person("alice.fast", "words")
        whoami = f"{_CLIENT}/account/whoami"
        answers = [alice.request("GET", whoami) for _ in range(40)]
        refused = [one for one in answers if one.status == 429]
        self.assertTrue(refused)
        self.assert_error(refused[0], 429, "M_LIMIT_EXCEEDED")
        self.assertGreater(refused[0].json()["retry_after_ms"], 0)
        self.assertIn("retry-after", refused[0].headers)
        token = self.grant("fast", NAMESPACES)
        self.assertEqual(self.register("http://127.0.0.1:9/", token).status, 200)
        bridge = MatrixClient(self.port, token)
        self.assertEqual({bridge.request("GET", whoami).status for _ in range(60)}, {200})
        # The draft's linking: what the bridge does as bea she doesn't pay for.
        bea = self.new_person("bea.linked", "words")
        linked = [bridge.request("GET", whoami, user_token=bea.token) for _ in range(60)]
        self.assertEqual({(one.status, one.json().get("user_id")) for one in linked}, {(200, bea.user_id)})
        self.assertEqual(bea.request("GET", whoami).status, 200)
        eventually(lambda: alice.request("GET", whoami).status == 200, "alice is answered again")
        nobody = MatrixClient(self.port)
        statuses = [nobody.request("GET", "/_matrix/client/versions").status for _ in range(60)]
        self.assertIn(429, statuses)


class GuessingTest(AccountTestCase):
    EXTRA_FLAGS = {"gateway": ["--account_logins_per_minute_max=1", "--account_logins_burst=4"]}

    def test_passwords_of_one_account_are_guessed_slowly(self) -> None:
        self.new_person("gwen", "words")
        for guess in range(4):
            self.assert_error(self.log_in("gwen", f"guess {guess}"), 403, "M_FORBIDDEN")
        refused = self.log_in(f"@gwen:{SERVER_NAME}", "words")
        self.assert_error(refused, 429, "M_LIMIT_EXCEEDED")
        self.assertGreater(refused.json()["retry_after_ms"], 0)
        self.assertIn("retry-after", refused.headers)
        self.assert_error(self.log_in("somebody.else", "words"), 403, "M_FORBIDDEN")

    def test_so_it_is_with_a_token_that_was_found(self) -> None:
        greta = self.new_person("greta", "words")
        deleting = f"{_CLIENT}/delete_devices"
        for path, more in (
            (f"{_CLIENT}/account/password", {"new_password": "other words"}),
            (f"{_CLIENT}/account/deactivate", {}),
            (deleting, {"devices": ["NONE"]}),
            (deleting, {"devices": ["NONE"]}),
        ):
            refused = greta.request("POST", path, {**more, "auth": proof("greta", "guess")})
            self.assert_error(refused, 401, "M_FORBIDDEN")
        again = greta.request("POST", f"{_CLIENT}/account/deactivate", {"auth": proof("greta", "words")})
        self.assert_error(again, 429, "M_LIMIT_EXCEEDED")
        self.assert_error(self.log_in("greta", "words"), 429, "M_LIMIT_EXCEEDED")


class ForwardedAddressTest(AccountTestCase):
    """Behind a reverse proxy, which appends to X-Forwarded-For where a request comes from."""

    EXTRA_FLAGS = {
        "gateway": [
            "--trust_forwarded_for",
            "--address_requests_per_second_max=1",
            "--address_requests_burst=3",
        ]
    }

    def statuses(self, *forwarded_for: str) -> list[int]:
        found = []
        for value in forwarded_for:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", "/_matrix/client/versions", headers={"X-Forwarded-For": value})
                found.append(connection.getresponse().status)
        return found

    def test_each_address_is_bounded_and_nobody_makes_up_another(self) -> None:
        made_up = [f"198.51.100.{number}, 203.0.113.7" for number in range(30)]
        self.assertIn(429, self.statuses(*made_up))
        self.assertEqual(self.statuses("203.0.113.8"), [200])
        one_network = [f"2001:db8:0:1::{number}" for number in range(30)]
        self.assertIn(429, self.statuses(*one_network))
        self.assertEqual(self.statuses("2001:db8:0:2::1"), [200])


if __name__ == "__main__":
    unittest.main()
