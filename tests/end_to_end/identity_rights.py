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
    """Whose token goes with a request. A person has a user ID; an application service has namespaces,
    and the user ID that it acts as of itself; nobody has neither."""

    name: str
    token: str = ""
    user_id: str = ""
    users: tuple[Namespace, ...] = ()
    aliases: tuple[Namespace, ...] = ()

    @property
    def is_appservice(self) -> bool:
        return bool(self.users)


NOBODY = Actor("nobody")


def kind_of(actor: Actor, asserted: str) -> str:
    """How an actor comes: as a "person", a "service" as itself, as a "ghost" that it asserts to be, or as "nobody"."""
    if actor.is_appservice:
        return "ghost" if asserted and asserted != actor.user_id else "service"
    return "person" if actor.user_id else "nobody"


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
        """What the user is to others: profile, devices and their keys. Who is exclusively another's is the other's to
        edit, whoever else may act as them."""
        if any(one is not actor and _owns(one.users, user_id) for one in self._appservices):
            return user_id == actor.user_id
        return self.may_act_as(actor, user_id)

    def may_create_user(self, actor: Actor, user_id: str) -> bool:
        if user_id == actor.user_id:
            return True
        if any(one is not actor and _owns(one.users, user_id) for one in self._appservices):
            return False
        return not actor.is_appservice or self.may_act_as(actor, user_id)

    def may_touch_alias(self, actor: Actor, alias: str, creator: str) -> bool:
        """Create or delete; `creator` is who made it, or makes it."""
        if any(one is not actor and _owns(one.aliases, alias) for one in self._appservices):
            return False
        if actor.is_appservice:
            return any(namespace.matches(alias) for namespace in actor.aliases)
        return creator == actor.user_id


def _owns(namespaces: tuple[Namespace, ...], matrix_id: str) -> bool:
    return any(namespace.exclusive and namespace.matches(matrix_id) for namespace in namespaces)
