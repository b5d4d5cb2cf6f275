"""People, application services, rooms and aliases, and the IDs that requests of the property test are about."""

import dataclasses
import itertools
import random

from identity_rights import NOBODY, Actor, Namespace
from matrix_client import MatrixClient, quote
from stack_fixture import SERVER_NAME, StackTestCase

PASSWORD = "correct horse"


def _namespaces(sigil: str, name: str) -> tuple[Namespace, ...]:
    """One that is its own, and one that it shares with others. That of "wide" reaches into what is others' alone."""
    shared = "(red_|blue_|both_|free_|alice).*" if name == "wide" else "both_.*"
    return (Namespace(f"{sigil}{name}_.*", True), Namespace(f"{sigil}{shared}", False))


@dataclasses.dataclass
class World:
    """What there is. Each batch of requests gets rooms and aliases of its own: the ones before have suffered."""

    case: StackTestCase
    appservice_url: str
    chance: random.Random
    numbers: itertools.count = dataclasses.field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.people = [self._make_person(name) for name in ("alice", "bob")]
        self.appservices = [self._make_appservice(name) for name in ("red", "blue", "wide")]
        red, blue, wide = self.appservices
        owners = {"red_one": red, "blue_one": blue, "wide_one": wide, "both_one": red}
        for ghost, owner in owners.items():
            self._as(owner).ok("POST", "/_matrix/client/v3/register", _by_appservice(ghost))
        self.sessions = [self._log_in_ghost(red, "red_one"), self._register_ghost(blue, "blue_two")]
        self._make_ended()
        self.renew()

    @property
    def actors(self) -> list[Actor]:
        return [NOBODY, *self.people, *self.appservices, *self.sessions, self.linked, self.leftover, *self.dead]

    @property
    def linked(self) -> Actor:
        """alice's token, shown by one to whose namespaces she doesn't belong."""
        alice, red = self.people[0], self.appservices[0]
        return dataclasses.replace(alice, name="red for alice", kind="linked", token=red.token, user_token=alice.token)

    def _make_ended(self) -> None:
        """Tokens of a person and of a ghost that have logged out, and what is left of a service that is gone."""
        red, gone = self.appservices[0], self._make_appservice("gone")
        ghost = self._register_ghost(gone, "gone_one")
        answer = self.case.post("/unregister", {"as_token": gone.token})
        assert answer.status == 200, str(answer)
        logged_out = [self.another_session(self.people[0]), self._log_in_ghost(red, "red_one")]
        for one in logged_out:
            self._as(one).ok("POST", "/_matrix/client/v3/logout", {})
        self.leftover = dataclasses.replace(ghost, kind="leftover")
        self.dead = [
            *(Actor(f"{one.name}, logged out", "dead", one.token) for one in logged_out),
            Actor("gone", "dead", gone.token),
            Actor("gone for alice", "dead", gone.token, user_token=self.people[0].token),
            Actor("red for alice, logged out", "dead", red.token, user_token=logged_out[0].token),
        ]

    def renew(self) -> None:
        """New rooms with everybody in them, new aliases, one of each kind."""
        number = next(self.numbers)
        alice, bob = (self._as(person) for person in self.people)
        red, blue, wide = (self._as(appservice) for appservice in self.appservices)
        rooms = []
        for maker, local_name in ((alice, "free_a"), (bob, "free_b"), (red, "red"), (blue, "blue")):
            alias = f"{local_name}_{number}"
            rooms.append(maker.create_room(preset="public_chat", room_alias_name=alias))
        ghosts = {"red_one": red, "blue_one": blue, "blue_two": blue, "wide_one": wide}
        everybody = [alice, bob, *(owner.acting_as(_user(ghost)) for ghost, owner in ghosts.items())]
        for one in everybody:
            one.join(rooms[0])
        for one in (*everybody[2:], red.acting_as(_user("both_one"))):
            answer = one.request("PUT", "/_matrix/client/v3/devices/DEVICE", {})
            assert answer.status in (200, 201), str(answer)
        self.members = [one.user_id for one in everybody]
        self.banned = _user("both_one")
        alice.ok("POST", f"/_matrix/client/v3/rooms/{quote(rooms[0])}/ban", {"user_id": self.banned})
        self.event_id = alice.send(rooms[0], "hello")
        self.rooms = [*rooms, f"!nowhere:{SERVER_NAME}"]
        self.aliases = [_alias(f"{name}_{number}") for name in ("free_a", "free_b", "red", "blue")]

    # IDs by chance: what exists and what doesn't, of all namespaces, and nonsense.

    def localpart(self) -> str:
        new = next(self.numbers)
        return self.chance.choice(
            ["alice", "red_one", "blue_one", "both_one", f"free{new}", f"red_{new}", f"blue_{new}", f"both_{new}",
             f"free_{new}", f"wide_{new}"]
        )

    def user_id(self) -> str:
        senders = [appservice.user_id for appservice in self.appservices]
        strange = ["@red_one:elsewhere.example.org", "@", "no ID"]
        kinds = [[_user(self.localpart())], self.members, [*senders, *strange]]
        return self.chance.choice(self.chance.choice(kinds))

    def room_id(self) -> str:
        return self.chance.choice(self.rooms[:1] * 3 + self.rooms)

    def alias_localpart(self) -> str:
        kind = self.chance.choice(["free", "red", "blue", "both"])
        return f"{kind}_{next(self.numbers)}"

    def alias(self) -> str:
        strange = ["#red_x:elsewhere.example.org", "#", "no alias"]
        return self.chance.choice([*self.aliases, _alias(self.alias_localpart()), self.chance.choice(strange)])

    def device_id(self) -> str:
        return self.chance.choice(["DEVICE", "DEVICE", "ANOTHER", self.people[1].device_id])

    def parameter(self, name: str) -> str:
        """A value for what a path has in braces."""
        chance = self.chance
        values = {
            "user_id": self.user_id,
            "room_id": self.room_id,
            "room_alias": self.alias,
            "room_id_or_alias": lambda: chance.choice([self.room_id(), self.alias()]),
            "event_type": lambda: chance.choice(["m.room.message", "m.room.topic", "m.room.member", "x.own"]),
            "state_key?": lambda: chance.choice(["", self.user_id()]),
            "txn_id": lambda: f"t{next(self.numbers)}",
            "event_id": lambda: chance.choice([self.event_id, "$nothing"]),
            "filter_id": lambda: "0",
            "device_id": self.device_id,
            "network_id": lambda: "network",
            "field": lambda: "m.tz",
            "type": lambda: chance.choice(["m.direct", "x.own"]),
            "tag": lambda: "m.favourite",
            "receipt_type": lambda: chance.choice(["m.read", "m.read.private", "m.fully_read"]),
            "server_name": lambda: SERVER_NAME,
            "media_id": lambda: "nothing",
            "file_name": lambda: "picture.png",
            "scope": lambda: "global",
            "kind": lambda: "override",
            "rule_id": lambda: chance.choice(["own", ".m.rule.reaction"]),
            "attribute": lambda: chance.choice(["enabled", "actions"]),
            "appservice_id": lambda: chance.choice([*(one.name for one in self.appservices), "nobody"]),
            "protocol": lambda: "irc",
            "protocol?": lambda: chance.choice(["", "irc"]),
        }
        return values[name]()

    def fitting(self, actor: Actor) -> dict[str, str]:
        """Values that an actor is in its rights with: as who it is in a room with everybody."""
        place = {"room_id": self.rooms[0], "event_id": self.event_id}
        if actor.is_appservice:
            ghost = _user(f"{actor.name}_one")
            return {"asserted": ghost, "device_id": "DEVICE", "user_id": ghost, **place}
        return {"asserted": "", "device_id": "", "user_id": actor.user_id, **place}

    # Those who can end without harm to the others.

    def another_session(self, actor: Actor) -> Actor:
        """The same user by another token; an application service has but one."""
        if actor.kind == "session":
            owner = next(one for one in self.appservices if one.name == actor.owner)
            return self._log_in_ghost(owner, actor.user_id[1:].partition(":")[0])
        if actor.kind not in ("person", "linked"):
            return actor
        user = actor.user_id[1:].partition(":")[0]
        request = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}}
        answer = MatrixClient(self.case.port).ok("POST", "/_matrix/client/v3/login", {**request, "password": PASSWORD})
        token = self.case.remember_secret(answer["access_token"])
        if actor.kind == "linked":
            return dataclasses.replace(actor, user_token=token, device_id=answer["device_id"])
        return dataclasses.replace(actor, token=token, device_id=answer["device_id"])

    def spare_person(self) -> Actor:
        return self._make_person(f"spare{next(self.numbers)}")

    def spare_ghosts(self) -> list[str]:
        """One of each application service, and one that both may use."""
        ghosts = []
        for actor, prefix in zip((*self.appservices, self.appservices[0]), ("red", "blue", "wide", "both")):
            ghosts.append(f"{prefix}_spare{next(self.numbers)}")
            self._as(actor).ok("POST", "/_matrix/client/v3/register", _by_appservice(ghosts[-1]))
        return [_user(ghost) for ghost in ghosts]

    def log_in_again(self) -> None:
        """When sessions have ended, perhaps all of them."""
        self.people = [self.another_session(person) for person in self.people]
        self.sessions = [self.another_session(session) for session in self.sessions]

    def spare_appservice(self) -> str:
        """Its token. Its name begins with "spare"."""
        return self._make_appservice(f"spare{next(self.numbers)}").token

    def registration(self, actor: Actor) -> dict:
        """What it registered with."""

        def entries(namespaces: tuple[Namespace, ...]) -> list[dict]:
            return [dataclasses.asdict(namespace) for namespace in namespaces]

        namespaces = {"users": entries(actor.users), "aliases": entries(actor.aliases), "rooms": []}
        return {"url": self.appservice_url, "as_token": actor.token, "namespaces": namespaces}

    def _as(self, actor: Actor) -> MatrixClient:
        return MatrixClient(self.case.port, actor.token, actor.user_id)

    def _make_person(self, name: str) -> Actor:
        request = {"username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        answer = MatrixClient(self.case.port).ok("POST", "/_matrix/client/v3/register", request)
        return self._with_token(Actor(name, "person"), answer)

    def _log_in_ghost(self, owner: Actor, ghost: str) -> Actor:
        identifier = {"type": "m.id.user", "user": ghost}
        request = {"type": "m.login.application_service", "identifier": identifier}
        answer = self._as(owner).ok("POST", "/_matrix/client/v3/login", request)
        return self._with_token(Actor(f"{ghost}'s session", "session", owner=owner.name), answer)

    def _register_ghost(self, owner: Actor, ghost: str) -> Actor:
        request = {"type": "m.login.application_service", "username": ghost}
        answer = self._as(owner).ok("POST", "/_matrix/client/v3/register", request)
        return self._with_token(Actor(f"{ghost}'s session", "session", owner=owner.name), answer)

    def _with_token(self, actor: Actor, answer: dict) -> Actor:
        token = self.case.remember_secret(answer["access_token"])
        return dataclasses.replace(actor, token=token, user_id=answer["user_id"], device_id=answer["device_id"])

    def _make_appservice(self, name: str) -> Actor:
        users, aliases = _namespaces("@", name), _namespaces("#", name)
        ceilings = {"users": [one.regex for one in users], "aliases": [one.regex for one in aliases]}
        token = self.case.grant(name, {**ceilings, "rooms": []})
        actor = Actor(name, "service", token, "", users, aliases)
        answer = self.case.post("/register", self.registration(actor))
        assert answer.status == 200, str(answer)
        self.case.remember_secret(answer.json()["hs_token"])
        whoami = MatrixClient(self.case.port, token).ok("GET", "/_matrix/client/v3/account/whoami")
        return dataclasses.replace(actor, user_id=whoami["user_id"])


def _user(localpart: str) -> str:
    return f"@{localpart}:{SERVER_NAME}"


def _alias(localpart: str) -> str:
    return f"#{localpart}:{SERVER_NAME}"


def _by_appservice(username: str) -> dict:
    return {"type": "m.login.application_service", "username": username, "inhibit_login": True}
