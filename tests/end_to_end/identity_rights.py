"""Who may touch which user and alias: the rule, told a second time, to judge the homeserver by.

Source: https://spec.matrix.org/v1.17/application-service-api/#identity-assertion
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Namespace:
    regex: str
    exclusive: bool

    def matches(self, matrix_id: str) -> bool:
        return re.match(self.regex, matrix_id) is not None


@dataclasses.dataclass(frozen=True)
class Actor:
    """Whose token goes with a request. `kind`:
    * "nobody": there is none;
    * "person": by its own token;
    * "service": an application service, which has namespaces, and a user ID that it acts as of itself;
    * "session": a virtual user, by a token that its application service got for it;
    * "linked": a person by its own token, which an application service shows beside the service's (`user_token`);
    * "leftover": a session whose application service has unregistered. It may still count, but for no more than one;
    * "dead": a token, or one beside another, that has ended."""

    name: str
    kind: str
    token: str = ""
    user_id: str = ""
    users: tuple[Namespace, ...] = ()
    aliases: tuple[Namespace, ...] = ()
    user_token: str = ""
    device_id: str = ""  # That of the token, if it is a user's.
    owner: str = ""  # Of a session: the name of its application service.

    @property
    def is_appservice(self) -> bool:
        return self.kind == "service"


NOBODY = Actor("nobody", "nobody")


def kind_of(actor: Actor, asserted: str, device_id: str = "") -> str:
    """How an actor comes: as its kind, or, if an application service asserts to be somebody, as a "ghost",
    and if it says on which device, as a "device"."""
    if not actor.is_appservice:
        return actor.kind
    return "device" if device_id else "ghost" if asserted and asserted != actor.user_id else "service"


class Rights:
    def __init__(self, server_name: str, appservices: list[Actor]) -> None:
        self._server_name = server_name
        self._appservices = appservices

    def may_act_as(self, actor: Actor, user_id: str) -> bool:
        if user_id == actor.user_id:
            return True
        local = user_id.endswith(f":{self._server_name}")
        return local and any(namespace.matches(user_id) for namespace in actor.users)

    def may_edit_user(self, actor: Actor, user_id: str) -> bool:
        """Its profile, its sessions, its devices: not by acting as one that is another's alone."""
        if not self.may_act_as(actor, user_id):
            return False
        return not actor.is_appservice or user_id == actor.user_id or not self._is_anothers(actor, user_id)

    def may_create_user(self, actor: Actor, user_id: str) -> bool:
        """With a password as nobody, else as an application service."""
        if user_id == actor.user_id:
            return True
        if self._is_anothers(actor, user_id):
            return False
        return actor is NOBODY or (actor.is_appservice and self.may_act_as(actor, user_id))

    def may_touch_alias(self, actor: Actor, alias: str, creator: str) -> bool:
        """Create or delete; `creator` is who made it, or makes it."""
        owners = [one.name for one in self._appservices if _owns(one.aliases, alias)]
        if any(name not in (actor.name, actor.owner) for name in owners):
            return False
        if actor.is_appservice:
            return any(namespace.matches(alias) for namespace in actor.aliases)
        return creator == actor.user_id

    def _is_anothers(self, actor: Actor, user_id: str) -> bool:
        return any(one.name != actor.name and _owns(one.users, user_id) for one in self._appservices)


def _owns(namespaces: tuple[Namespace, ...], matrix_id: str) -> bool:
    return any(namespace.exclusive and namespace.matches(matrix_id) for namespace in namespaces)
