"""No request with a token ever acts on a user or an alias outside that token's rights, on no route that there is.

Requests are made up by chance, for each line of the table that the gateway dispatches from and for each kind of
token; then the databases tell what was changed, and the rule whether the token gave the right to it.
"""

import os
import random
import re
import subprocess

from identity_changes import Changes, Databases, Row
from identity_rights import NOBODY, Actor, Rights, kind_of
from identity_routes import AS_NOBODY, LINES, READ, Line
from identity_world import World
from matrix_client import MatrixClient, Response, quote
from recording_appservice import NOT_FOUND, OK
from stack_fixture import SERVER_NAME, StackTestCase

from local.stack import DEFAULT_BINARIES

# Requests for a route and a token. Of those that end a session few, since to get one takes hashing a password.
_READS = 3
_WRITES = 10
_ENDS = 3
# What is seen of a user by others.
_EDITED = {
    f"homeserver.{table}"
    for table in ("users", "devices", "device_keys", "one_time_keys", "fallback_keys", "device_lists")
}
# As often it is tried, if chance made up nothing that could be done.
_ROUNDS_MAX = 5


def served_routes() -> dict[str, list[str]]:
    """What is served, "GET /path", and the versions that {version} in it stands for."""
    listing = subprocess.run([DEFAULT_BINARIES / "gateway", "--list_routes"], capture_output=True, text=True, check=True)
    routes = [line.split() for line in listing.stdout.splitlines()]
    return {f"{method} {path}": versions[0].split(",") if versions else [""] for method, path, *versions in routes}


class IdentityPropertyTest(StackTestCase):
    def test_each_route_has_its_line(self) -> None:
        self.assertEqual(set(served_routes()), set(LINES), "identity_routes.py has a line for each route")

    def test_no_token_acts_outside_its_rights(self) -> None:
        seed = int(os.environ.get("CAUSEWAY_TEST_SEED", "0")) or random.randrange(1, 1 << 32)
        print(f"CAUSEWAY_TEST_SEED={seed}")
        self.chance = random.Random(seed)
        appservice = self.recording_appservice()
        # It knows nobody: what isn't there stays so.
        appservice.respond = lambda request: OK if request.path.endswith("/ping") else NOT_FOUND
        self.world = World(self, appservice.url, self.chance)
        self.rights = Rights(SERVER_NAME, self.world.appservices)
        self.databases = Databases(self.stack)
        for route, versions in served_routes().items():
            line = LINES.get(route, READ)
            granted: set[str] = set()
            for _ in range(_ROUNDS_MAX):
                granted |= self._run_round(route, versions, line)
                if line.refused:
                    self.assertEqual(granted, set(), f"{route} is refused to everybody, its line says")
                if line is READ or line.refused or (granted and granted >= line.granted_to):
                    break
            else:
                missing = ", ".join(sorted(line.granted_to - granted)) or "anybody"
                self.fail(f"{route}: not one request of {missing} was done, so nothing was tried")

    def _run_round(self, route: str, versions: list[str], line: Line) -> set[str]:
        """With each token. Returns to what kinds of actors something was granted."""
        granted: set[str] = set()
        for name in [actor.name for actor in self.world.actors]:
            if line.ends_session:
                self.world.log_in_again()
            if line is not READ:
                self.world.renew()
                self.databases.changes()  # Ours, so far.
            actor = next(one for one in self.world.actors if one.name == name)
            with self.subTest(route, token=name):
                granted |= self._run_batch(route, versions, line, actor)
                self._judge(actor, self.databases.changes())
        if line.ends_session:
            self.world.log_in_again()
            self.databases.changes()
        return granted

    def _run_batch(self, route: str, versions: list[str], line: Line, actor: Actor) -> set[str]:
        """As `_run_round`, of one token."""
        granted: set[str] = set()
        if line.ends_user:
            for _ in range(_ENDS):
                granted |= self._run_doomed(route, versions, line, actor)
            return granted
        for _ in range(_READS if line is READ else _ENDS if line.ends_session else _WRITES):
            one = self.world.another_session(actor) if line.ends_session else actor
            granted |= self._request(route, self.chance.choice(versions), line, one)
        return granted

    def _run_doomed(self, route: str, versions: list[str], line: Line, actor: Actor) -> set[str]:
        """A request by, or about, nobody who is needed later. It is judged here, since it has an actor of its own."""
        one = self.world.spare_person() if actor in self.world.people else actor
        victims = [*self.world.spare_ghosts(), self.world.spare_person().user_id]
        self.databases.changes()  # Ours, so far.
        granted = self._request(route, self.chance.choice(versions), line, one, self.chance.choice(victims))
        self._judge(one, self.databases.changes())
        return granted

    def _request(self, route: str, version: str, line: Line, actor: Actor, victim: str = "") -> set[str]:
        """The kind of actor that it was granted to; nothing if it was refused. As `victim`, or by chance."""
        method, path = route.split(" ")
        path = path.replace("{version}", version)
        names = re.findall(r"{([a-z_]+\??)}", path)
        values = {name: self.world.parameter(name) for name in names}
        asserted = victim or (self.world.user_id() if self.chance.random() < 0.7 else "")
        if not victim and self.chance.random() < 0.3:
            fitting = self.world.fitting(actor)
            asserted = fitting["asserted"]
            values |= {name: value for name, value in fitting.items() if name in values}
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(value))
        parameters: dict[str, object] = {"timeout": 0, "dir": "b"}
        if asserted:
            parameters["user_id"] = asserted
        if self.chance.random() < 0.1:
            parameters["user_token"] = "made-up"
        response = MatrixClient(self.port, actor.token).request(method, path, line.body(self.world, actor), **parameters)
        self.assertLess(response.status, 500, f"{method} {path}: {response}")
        if response.status not in (200, 201):
            return set()
        if token := _token_in(response):
            self.remember_secret(token)
        if route in AS_NOBODY:
            return {kind_of(actor, "")}
        acts_for = {asserted} if asserted and actor.is_appservice else set()
        if "user_id" in values and (line is not READ or "/user/" in route):
            acts_for.add(values["user_id"])
        # What stands in no database, such as who types, is told by its being granted alone.
        for user_id in acts_for:
            self.assertTrue(self.rights.may_act_as(actor, user_id), f"{method} {path} by {actor.name} for {user_id}")
        return {kind_of(actor, asserted)}

    def _judge(self, actor: Actor, changes: Changes) -> None:
        for row in changes.rows:
            self.assertTrue(self._allowed(actor, row, changes), f"by the token of {actor.name}: {row}")

    def _allowed(self, actor: Actor, row: Row, changes: Changes) -> bool:
        if row.table.startswith("registry."):
            return row.owner == actor.name or row.owner.startswith("spare")
        if row.owner.startswith("#"):
            return self.rights.may_touch_alias(actor, row.owner, str(row.column("creator") or actor.user_id))
        if row.table == "homeserver.users" and changes.created(row):
            # Who has a password has registered as a person, which nobody needs a right for, nor a token.
            creator = NOBODY if row.column("password_hash") else actor
            return self.rights.may_create_user(creator, row.owner)
        right = self.rights.may_edit_user if row.table in _EDITED else self.rights.may_act_as
        if right(actor, row.owner):
            return not actor.is_appservice or not _harms_person(row, changes)
        # Who registers gets a session, and nobody has a right to be anybody before.
        made = {one.owner for one in changes.appeared if one.table == "homeserver.users" and changes.created(one)}
        return row.owner in made


def _harms_person(row: Row, changes: Changes) -> bool:
    """Whether something of a person went that no application service takes away without their password, whoever it may
    act as: the account, the password, a session that they began themselves."""
    if row not in changes.vanished:
        return False
    if row.table == "homeserver.devices":
        return row.column("access_token_sha256") is not None and row.column("appservice_uid") is None
    kept = ("password_hash", "deactivate_time")
    return (
        row.table == "homeserver.users"
        and row.column("password_hash") is not None
        and not any(
            (one.table, one.owner) == (row.table, row.owner)
            and all(one.column(name) == row.column(name) for name in kept)
            for one in changes.appeared
        )
    )


def _token_in(response: Response) -> str:
    content = response.json()
    return content.get("access_token", "") if isinstance(content, dict) else ""
