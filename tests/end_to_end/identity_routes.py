"""A line for each route of the gateway: how a request to it is made up for the property test of identity."""

import dataclasses
from collections.abc import Callable

from identity_rights import Actor
from identity_world import PASSWORD, World

Body = Callable[[World, Actor], object]


@dataclasses.dataclass(frozen=True)
class Line:
    """`body` makes up a request's body. `ends_session`: the token may be of no use after it. `refused`: to everybody.
    `ends_user`: whoever it is about may be gone for good, so that each try has people and ghosts of its own.
    `granted_to`: kinds of actors (`kind_of`) some of whose requests must be granted: a test in which all were refused
    would show nothing."""

    body: Body = lambda world, actor: None
    ends_session: bool = False
    refused: bool = False
    ends_user: bool = False
    granted_to: frozenset[str] = frozenset({"person", "ghost"})


READ = Line()
_PERSON = frozenset({"person"})
_GHOST = frozenset({"ghost"})
_SERVICE = frozenset({"service"})


def _register_appservice(world: World, actor: Actor) -> dict:
    """By the token that the request is made with: as it is, or as if it were another's."""
    owner = actor if actor.is_appservice else world.appservices[0]
    request = world.registration(owner) | {"as_token": actor.token or "made-up"}
    if actor.is_appservice and world.chance.random() < 0.7:
        other = next(one for one in world.appservices if one is not actor)
        request["namespaces"] = world.chance.choice(
            [world.registration(other)["namespaces"], {"users": [".*"], "aliases": [".*"], "rooms": [".*"]}]
        )
    return request


def _unregister_appservice(world: World, actor: Actor) -> dict:
    """Not by an actor's own token, which would be the end of it."""
    if world.chance.random() < 0.1:
        return {"as_token": world.spare_appservice()}
    return {"as_token": world.chance.choice(["made-up", "red", world.people[0].token])}


def _register_user(world: World, actor: Actor) -> dict:
    by_appservice = {"type": "m.login.application_service"}
    person = {"auth": {"type": "m.login.dummy"}, "password": "some words"}
    kind = by_appservice if world.chance.random() < 0.7 else person
    return {"username": world.localpart(), "inhibit_login": world.chance.random() < 0.5, **kind}


def _log_in(world: World, actor: Actor) -> dict:
    user = world.chance.choice([world.localpart(), world.user_id()])
    identifier = {"type": "m.id.user", "user": user}
    if world.chance.random() < 0.05:
        return {"type": "m.login.password", "identifier": identifier, "password": "guessed"}
    return {"type": "m.login.application_service", "identifier": identifier}


def _create_room(world: World, actor: Actor) -> dict:
    localpart = world.chance.choice([world.alias_localpart(), world.alias()[1:].partition(":")[0]])
    return {"room_alias_name": localpart, "preset": "public_chat", "invite": [world.user_id()][: world.chance.randrange(2)]}


def _target(world: World, actor: Actor) -> dict:
    return {"user_id": world.user_id(), "reason": "because"}


def _banned(world: World, actor: Actor) -> dict:
    return {"user_id": world.chance.choice([world.banned, world.user_id()])}


def _content(world: World, actor: Actor) -> dict:
    """For any type of event: whose is of use to it."""
    membership = world.chance.choice(["join", "leave", "invite", "ban"])
    return {"msgtype": "m.text", "body": "hello", "topic": "hello", "membership": membership}


def _profile(world: World, actor: Actor) -> dict:
    name = f"name {next(world.numbers)}"
    return {"displayname": name, "avatar_url": f"mxc://here/{next(world.numbers)}"}


def _password(world: World, actor: Actor) -> dict:
    """The one that there is already, proved by one person or the other."""
    identifier = {"type": "m.id.user", "user": world.chance.choice(world.people).name}
    proof = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
    return {"new_password": PASSWORD, "logout_devices": False, "auth": proof}


def _deactivate(world: World, actor: Actor) -> dict:
    """Proved by the one who asks, or by another."""
    user = world.chance.choice([actor.name, actor.name, world.people[0].name])
    identifier = {"type": "m.id.user", "user": user}
    return {"auth": {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}}


def _upload_keys(world: World, actor: Actor) -> dict:
    """With those of a device that may be anybody's."""
    number = next(world.numbers)
    keys = {"one_time_keys": {f"x.test:{number}": "key"}, "fallback_keys": {f"x.test:{number}": "key"}}
    if world.chance.random() < 0.5:
        keys["device_keys"] = {"user_id": world.user_id(), "device_id": "DEVICE"}
    return keys


def _claim_keys(world: World, actor: Actor) -> dict:
    return {"one_time_keys": {world.user_id(): {"DEVICE": "x.test"}}}


def _message_to_devices(world: World, actor: Actor) -> dict:
    return {"messages": {world.user_id(): {"*": {"hello": next(world.numbers)}}}}


def _say(**content: object) -> Body:
    return lambda world, actor: content


_C = "/_matrix/client/{version}"
_ROOM = f"{_C}/rooms/{{room_id}}"
_USER = f"{_C}/user/{{user_id}}"
_LIST = f"{_C}/directory/list"
_RULE = f"{_C}/pushrules/{{scope}}/{{kind}}/{{rule_id}}"
_MEDIA = "/_matrix/media/{version}"
_FILE = "{server_name}/{media_id}"

# A route without a line fails the test, and so does a line without a route.
LINES = {
    "GET /_matrix/client/versions": READ,
    f"GET {_C}/capabilities": READ,
    f"GET {_C}/pushrules": READ,
    f"GET {_C}/pushrules/{{scope}}": READ,
    f"GET {_C}/pushrules/{{scope}}/{{kind}}": READ,
    f"GET {_RULE}": READ,
    f"PUT {_RULE}": Line(_say(actions=["notify"])),
    f"DELETE {_RULE}": Line(),
    f"GET {_RULE}/{{attribute}}": READ,
    f"PUT {_RULE}/{{attribute}}": Line(_say(enabled=False, actions=[])),
    "POST /register": Line(_register_appservice, granted_to=_SERVICE),
    "POST /unregister": Line(_unregister_appservice, granted_to=frozenset()),
    "POST /_matrix/appservice/v1/register": Line(_register_appservice, granted_to=_SERVICE),
    "POST /_matrix/appservice/v1/unregister": Line(_unregister_appservice, granted_to=frozenset()),
    f"POST {_C}/register": Line(_register_user, granted_to=_SERVICE),
    f"GET {_C}/pushers": READ,
    f"GET {_C}/voip/turnServer": READ,
    f"GET {_C}/register/available": READ,
    f"GET {_C}/login": READ,
    f"POST {_C}/login": Line(_log_in, granted_to=_SERVICE),
    f"POST {_C}/logout": Line(ends_session=True, granted_to=_PERSON),
    f"POST {_C}/logout/all": Line(ends_session=True, granted_to=_PERSON),
    f"GET {_C}/account/whoami": READ,
    f"POST {_C}/account/password": Line(_password, ends_session=True, granted_to=_PERSON),
    f"POST {_C}/account/deactivate": Line(_deactivate, ends_user=True),
    f"GET {_C}/devices": READ,
    f"GET {_C}/devices/{{device_id}}": READ,
    f"PUT {_C}/devices/{{device_id}}": Line(_say(display_name="a device"), granted_to=_GHOST),
    f"DELETE {_C}/devices/{{device_id}}": Line(granted_to=_GHOST),
    f"POST {_C}/delete_devices": Line(_say(devices=["DEVICE"]), granted_to=_GHOST),
    f"POST {_MEDIA}/upload": Line(_say(some="bytes")),
    **{
        f"GET {media}/{what}": READ
        for media in (_MEDIA, f"{_C}/media")
        for what in ("config", f"download/{_FILE}", f"download/{_FILE}/{{file_name}}", f"thumbnail/{_FILE}")
    },
    f"GET {_C}/profile/{{user_id}}": READ,
    f"PUT {_C}/profile/{{user_id}}": Line(_profile),
    f"GET {_C}/profile/{{user_id}}/displayname": READ,
    f"PUT {_C}/profile/{{user_id}}/displayname": Line(_profile),
    f"GET {_C}/profile/{{user_id}}/avatar_url": READ,
    f"PUT {_C}/profile/{{user_id}}/avatar_url": Line(_profile),
    f"DELETE {_C}/profile/{{user_id}}/displayname": Line(),
    f"DELETE {_C}/profile/{{user_id}}/avatar_url": Line(),
    f"GET {_C}/profile/{{user_id}}/{{field}}": READ,
    f"PUT {_C}/profile/{{user_id}}/{{field}}": Line(_profile, refused=True),
    f"DELETE {_C}/profile/{{user_id}}/{{field}}": Line(refused=True),
    f"POST {_C}/createRoom": Line(_create_room, granted_to=_PERSON),
    f"POST {_C}/join/{{room_id_or_alias}}": Line(),
    f"POST {_ROOM}/join": Line(),
    f"POST {_C}/knock/{{room_id_or_alias}}": Line(refused=True),
    f"POST {_ROOM}/forget": Line(granted_to=_PERSON),
    f"GET {_ROOM}/aliases": READ,
    f"GET {_C}/joined_rooms": READ,
    f"GET {_ROOM}/members": READ,
    f"GET {_ROOM}/joined_members": READ,
    f"GET {_C}/directory/room/{{room_alias}}": READ,
    f"PUT {_C}/directory/room/{{room_alias}}": Line(
        lambda world, actor: {"room_id": world.room_id()}, granted_to=_PERSON
    ),
    f"DELETE {_C}/directory/room/{{room_alias}}": Line(granted_to=_PERSON),
    f"POST {_ROOM}/invite": Line(_target, granted_to=_PERSON),
    f"POST {_ROOM}/leave": Line(),
    f"POST {_ROOM}/kick": Line(_target, granted_to=_PERSON),
    f"POST {_ROOM}/ban": Line(_target, granted_to=_PERSON),
    f"POST {_ROOM}/unban": Line(_banned, granted_to=_PERSON),
    f"PUT {_ROOM}/send/{{event_type}}/{{txn_id}}": Line(_content),
    "PUT /rooms/{room_id}/send/{event_type}": Line(_content),
    "POST /rooms/{room_id}/send/{event_type}": Line(_content),
    f"PUT {_ROOM}/send/{{event_type}}": Line(_content),
    f"POST {_ROOM}/send/{{event_type}}": Line(_content),
    f"PUT {_ROOM}/state/{{event_type}}/{{state_key?}}": Line(_content, granted_to=_PERSON),
    f"GET {_ROOM}/state/{{event_type}}/{{state_key?}}": READ,
    f"GET {_ROOM}/state": READ,
    f"GET {_ROOM}/messages": READ,
    f"GET {_ROOM}/event/{{event_id}}": READ,
    f"GET {_ROOM}/context/{{event_id}}": READ,
    f"GET {_ROOM}/initialSync": READ,
    f"PUT {_ROOM}/redact/{{event_id}}/{{txn_id}}": Line(_say(reason="because"), granted_to=_PERSON),
    f"GET {_LIST}/room/{{room_id}}": READ,
    f"PUT {_LIST}/room/{{room_id}}": Line(_say(visibility="public"), granted_to=_PERSON),
    f"PUT {_LIST}/appservice/{{network_id}}/{{room_id}}": Line(_say(visibility="public"), granted_to=_GHOST),
    f"DELETE {_LIST}/appservice/{{network_id}}/{{room_id}}": Line(granted_to=_GHOST),
    f"GET {_C}/publicRooms": READ,
    f"POST {_C}/publicRooms": READ,
    f"GET {_C}/initialSync": READ,
    f"GET {_C}/events": READ,
    f"GET {_USER}/account_data/{{type}}": READ,
    f"PUT {_USER}/account_data/{{type}}": Line(_say(some="data")),
    f"GET {_USER}/rooms/{{room_id}}/account_data/{{type}}": READ,
    f"PUT {_USER}/rooms/{{room_id}}/account_data/{{type}}": Line(_say(some="data")),
    f"GET {_USER}/rooms/{{room_id}}/tags": READ,
    f"PUT {_USER}/rooms/{{room_id}}/tags/{{tag}}": Line(_say(order=0.5)),
    f"DELETE {_USER}/rooms/{{room_id}}/tags/{{tag}}": Line(),
    f"PUT {_ROOM}/typing/{{user_id}}": Line(_say(typing=True, timeout=1000)),
    f"POST {_ROOM}/receipt/{{receipt_type}}/{{event_id}}": Line(),
    f"POST {_ROOM}/read_markers": Line(lambda world, actor: {"m.fully_read": world.event_id}),
    f"GET {_C}/presence/{{user_id}}/status": READ,
    f"PUT {_C}/presence/{{user_id}}/status": Line(_say(presence="online")),
    f"PUT {_C}/sendToDevice/{{event_type}}/{{txn_id}}": Line(_message_to_devices),
    f"POST {_C}/keys/upload": Line(_upload_keys, granted_to=_PERSON),
    f"POST {_C}/keys/query": Line(lambda world, actor: {"device_keys": {world.user_id(): []}}),
    f"POST {_C}/keys/claim": Line(_claim_keys),
    f"GET {_C}/keys/changes": READ,
    f"POST {_C}/user_directory/search": Line(_say(search_term="one")),
    "POST /_matrix/client/v1/appservice/{appservice_id}/ping": Line(_say(transaction_id="t"), granted_to=_SERVICE),
    f"GET {_C}/thirdparty/protocols": READ,
    f"GET {_C}/thirdparty/protocol/{{protocol}}": READ,
    f"GET {_C}/thirdparty/location/{{protocol?}}": READ,
    f"GET {_C}/thirdparty/user/{{protocol?}}": READ,
    "GET /_matrix/app/v1/user": READ,
    "GET /_matrix/app/v1/alias": READ,
    f"GET {_C}/sync": READ,
    f"POST {_C}/user/{{user_id}}/filter": Line(lambda world, actor: {"room": {"timeline": {"limit": 50}}}),
    f"GET {_C}/user/{{user_id}}/filter/{{filter_id}}": READ,
}

# They act as nobody, so that whom a service asserts to be makes no difference.
AS_NOBODY = {
    "GET /_matrix/client/versions",
    f"GET {_C}/capabilities",
    f"GET {_C}/pushers",
    f"GET {_C}/voip/turnServer",
    f"GET {_C}/login",
    f"GET {_C}/register/available",
    f"GET {_C}/publicRooms",
    f"POST {_C}/publicRooms",
    f"GET {_LIST}/room/{{room_id}}",
    "POST /_matrix/client/v1/appservice/{appservice_id}/ping",
    f"GET {_C}/thirdparty/protocols",
    f"GET {_C}/thirdparty/protocol/{{protocol}}",
    f"GET {_C}/thirdparty/location/{{protocol?}}",
    f"GET {_C}/thirdparty/user/{{protocol?}}",
    "GET /_matrix/app/v1/user",
    "GET /_matrix/app/v1/alias",
    f"GET {_MEDIA}/config",
    f"GET {_C}/media/config",
    # Whom these make or log in stands in the body.
    "POST /register",
    "POST /unregister",
    "POST /_matrix/appservice/v1/register",
    "POST /_matrix/appservice/v1/unregister",
    f"POST {_C}/register",
    f"POST {_C}/login",
}
