"""People, application services, rooms and aliases, and the IDs that requests of the property test are about."""

import dataclasses
import itertools
import random

from identity_rights import NOBODY, Actor, Namespace
from matrix_client import MatrixClient, quote
from stack_fixture import SERVER_NAME, StackTestCase

PASSWORD = "correct horse"


def _namespaces(sigil: str, name: str) -> tuple[Namespace, ...]:
    """One that is its own, and one that it shares with others; "wide" shares everything."""
    if name == "wide":
        return (Namespace(f"{sigil}.*", False),)
    return (Namespace(f"{sigil}{name}_.*", True), Namespace(f"{sigil}both_.*", False))


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
        for actor, ghost in zip(self.appservices, ("red_one", "blue_one", "wide_one")):
            self._as(actor).ok("POST", "/_matrix/client/v3/register", _by_appservice(ghost))
        self._as(self.appservices[0]).ok("POST", "/_matrix/client/v3/register", _by_appservice("both_one"))
        self.renew()

    @property
    def actors(self) -> list[Actor]:
        return [NOBODY, *self.people, *self.appservices]

    def renew(self) -> None:
        """New rooms with everybody in them, new aliases, one of each kind."""
        number = next(self.numbers)
        alice, bob = (self._as(person) for person in self.people)
        red, blue, wide = (self._as(appservice) for appservice in self.appservices)
        rooms = []
        for maker, local_name in ((alice, "free_a"), (bob, "free_b"), (red, "red"), (blue, "blue")):
            alias = f"{local_name}_{number}"
            rooms.append(maker.create_room(preset="public_chat", room_alias_name=alias))
        ghosts = [(red, "red_one"), (blue, "blue_one"), (wide, "wide_one")]
        everybody = [alice, bob, *(service.acting_as(_user(ghost)) for service, ghost in ghosts)]
        for one in everybody:
            one.join(rooms[0])
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
            [
                *("alice", "red_one", "blue_one", "both_one", "wide_one"),
                *(f"free{new}", f"red_{new}", f"blue_{new}", f"both_{new}"),
            ]
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
            "device_id": lambda: chance.choice(["DEVICE", "ANOTHER"]),
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
        if actor.is_appservice:
            # "wide" as others' ghosts and as people too.
            ghost = self.chance.choice(self.members) if actor.name == "wide" else _user(f"{actor.name}_one")
            return {"asserted": ghost, "user_id": ghost, "room_id": self.rooms[0], "event_id": self.event_id}
        return {"asserted": "", "user_id": actor.user_id, "room_id": self.rooms[0], "event_id": self.event_id}

    # Those who can end without harm to the others.

    def another_session(self, actor: Actor) -> Actor:
        """The same person by another token; an application service has but one."""
        if actor not in self.people:
            return actor
        request = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": actor.name}}
        answer = MatrixClient(self.case.port).ok("POST", "/_matrix/client/v3/login", {**request, "password": PASSWORD})
        return dataclasses.replace(actor, token=self.case.remember_secret(answer["access_token"]))

    def spare_person(self) -> Actor:
        return self._make_person(f"spare{next(self.numbers)}")

    def spare_ghosts(self) -> list[str]:
        """One of each application service, and one that all may use."""
        ghosts = []
        for actor, prefix in zip((*self.appservices, self.appservices[0]), ("red", "blue", "wide", "both")):
            ghosts.append(f"{prefix}_spare{next(self.numbers)}")
            self._as(actor).ok("POST", "/_matrix/client/v3/register", _by_appservice(ghosts[-1]))
        return [_user(ghost) for ghost in ghosts]

    def log_in_again(self) -> None:
        """When sessions have ended, perhaps all of them."""
        self.people = [self.another_session(person) for person in self.people]

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
        return Actor(name, self.case.remember_secret(answer["access_token"]), answer["user_id"])

    def _make_appservice(self, name: str) -> Actor:
        users, aliases = _namespaces("@", name), _namespaces("#", name)
        ceilings = {"users": [one.regex for one in users], "aliases": [one.regex for one in aliases]}
        token = self.case.grant(name, {**ceilings, "rooms": []})
        actor = Actor(name, token, "", users, aliases)
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
