"""The registry is away, and the others are restarted meanwhile: what they can't know they don't guess."""

from polling import eventually
from stack_fixture import SERVER_NAME, StackTestCase

from local import probes  # noqa: E402 (found through stack_fixture)

_OTHERS = ("homeserver", "query_proxy", "push_dispatcher", "gateway")
_NAMESPACES = {"users": [f"@irc_.*:{SERVER_NAME}"], "aliases": [f"#irc_.*:{SERVER_NAME}"]}


class RegistryOutageTest(StackTestCase):
    def test_who_starts_meanwhile_gives_nothing_away_and_lets_people_talk(self) -> None:
        alice = self.person("alice")
        room = alice.create_room()
        service = self.recording_appservice()
        bridge, _ = self.register_v1("irc", service.url, _NAMESPACES)
        self.kill("registry")
        for name in _OTHERS:
            self.kill(name)
            self.stack.start_service(name)
        eventually(lambda: self._is_here(alice), "people are served")
        for name in _OTHERS:
            with self.subTest(name):
                answer = probes.get(self.stack.settings.http_ports[name], "/readyz", timeout_s=10)
                self.assertEqual(answer.status, 503)
                self.assertRegex(answer.text, "registry: the registry has not been (heard of|reached) yet")

        alice.send(room, "meanwhile")
        # What is its own to take, or to answer for: neither given away nor denied.
        self.assert_error(self._register_person("irc_bob"), 503)
        self.assert_error(self._make_alias(alice, room), 503)
        self.assert_error(self._find_alias(alice), 503)
        self.assert_error(self._invite(alice, room, "irc_bob"), 503)
        self.assert_error(bridge.request("GET", "/_matrix/client/v3/account/whoami"), 503)
        self.assertEqual(service.requests(), [])

        self.stack.start_service("registry")
        self.stack.wait_until_ready()
        self.assert_error(self._register_person("irc_bob"), 400, "M_EXCLUSIVE")
        self.assert_error(self._make_alias(alice, room), 400, "M_EXCLUSIVE")
        self._find_alias(alice)
        self.assertEqual(len(service.queries()), 1)
        self.assertEqual(bridge.request("GET", "/_matrix/client/v3/account/whoami").status, 200)

    def _is_here(self, person) -> bool:
        try:
            return person.request("GET", "/_matrix/client/v3/account/whoami").status == 200
        except OSError:  # Not even listening.
            return False

    def _register_person(self, localpart: str):
        body = {"username": localpart, "password": "a long password", "auth": {"type": "m.login.dummy"}}
        return self.post("/_matrix/client/v3/register", body)

    def _make_alias(self, person, room: str):
        return person.request("PUT", f"/_matrix/client/v3/directory/room/%23irc_x:{SERVER_NAME}", {"room_id": room})

    def _find_alias(self, person):
        return person.request("GET", f"/_matrix/client/v3/directory/room/%23irc_y:{SERVER_NAME}")

    def _invite(self, person, room: str, localpart: str):
        path = f"/_matrix/client/v3/rooms/{room}/invite"
        return person.request("POST", path, {"user_id": f"@{localpart}:{SERVER_NAME}"})
