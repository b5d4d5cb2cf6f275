"""Bridges and clients made with published software development kits, on a stack of their own."""

import dataclasses
import json
import pathlib
import secrets
import socket
import sys
from collections.abc import Callable

from irc_user import IrcUser
from polling import eventually
from sdk_program import SdkProgram
from stack_fixture import ROOT, SERVER_NAME, StackTestCase

from local import ports
from local.processes import Process

sys.path.insert(0, str(ROOT / "deploy" / "demo"))

import ngircd  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Kit:
    """One kit's bridge: its program in `sdks/`, and how it names what is on IRC."""

    program: str
    newest: bool = False
    registers_itself: bool = False
    user_prefix: str = "{name}_"
    alias_prefix: str = "{name}_"
    keeps_case: bool = False
    is_given_tokens: bool = True  # False: it asks for none when it registers its ghosts.


APPSERVICE_BRIDGE = Kit("appservice_bridge")
APPSERVICE_BRIDGE_NEWEST = Kit("appservice_bridge", newest=True, is_given_tokens=False)
BOT_SDK = Kit("bot_sdk_bridge")
BOT_SDK_NEWEST = Kit("bot_sdk_bridge", newest=True)
CROWD = Kit("crowd")
APPSERVICE_2015 = Kit(
    "appservice_2015",
    registers_itself=True,
    user_prefix="{name}.freenode.net/",
    alias_prefix="{name}.freenode.net/#",
    keeps_case=True,
)


class SdkBridge:
    """A bridge between ngircd and the stack."""

    def __init__(self, kit: Kit, name: str, folder: pathlib.Path, homeserver: str, irc_port: int) -> None:
        self.kit = kit
        self.name = name
        self.port = ports.pick(1)[0]
        self.bot_nick = f"{name}bot"
        self.as_token = secrets.token_urlsafe(24)
        self.hs_token = secrets.token_urlsafe(24)
        self._names = {
            "userPrefix": kit.user_prefix.format(name=name),
            "aliasPrefix": kit.alias_prefix.format(name=name),
            "keepsCase": kit.keeps_case,
        }
        folder = folder / name
        folder.mkdir()
        self._options = {
            "homeserver": homeserver,
            "domain": SERVER_NAME,
            "port": self.port,
            "ircPort": irc_port,
            "ircNick": self.bot_nick,
            "registration": self.registration(),
            "folder": str(folder),
            "names": self._names,
        }
        self.program = SdkProgram(folder, name, kit.program, kit.newest)

    def registration(self) -> dict:
        def exclusive(sigil: str, prefix: str) -> list[dict]:
            escaped = prefix.replace(".", r"\.")
            return [{"exclusive": True, "regex": f"{sigil}{escaped}.*"}]

        return {
            "id": self.name,
            "url": f"http://127.0.0.1:{self.port}",
            "as_token": self.as_token,
            "hs_token": self.hs_token,
            "sender_localpart": f"{self.name}_bot",
            "rate_limited": False,
            "receive_ephemeral": True,
            "protocols": ["irc"],
            "de.sorunome.msc2409.push_ephemeral": True,  # What matrix-appservice-bridge looks at.
            "namespaces": {
                "users": exclusive("@", self._names["userPrefix"]),
                "aliases": exclusive("#", self._names["aliasPrefix"]),
                "rooms": [],
            },
        }

    def start(self) -> None:
        """Until it listens."""

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        self.program.start()
        self.program.call("start", **self._options)
        eventually(listens, f"{self.name} listens")

    def alias(self, channel: str) -> str:
        return f"#{self._names['aliasPrefix']}{channel[1:]}:{SERVER_NAME}"

    def user_id(self, nick: str) -> str:
        return f"@{self._names['userPrefix']}{nick if self.kit.keeps_case else nick.lower()}:{SERVER_NAME}"

    def taken(self, room_id: str) -> list[dict]:
        """The room's events that the kit handed on, in order."""
        events = [told["took"] for told in self.program.events() if "took" in told]
        return [event for event in events if event["room_id"] == room_id]

    def as_ghost(self, nick: str, act: str, **argument: object) -> object:
        """One of the functions that the kit has for its ghosts: sdks/{bot,intent}_functions.js."""
        return self.program.call("as_ghost", nick=nick, act=act, **{"with": argument})

    def wait_for_ephemeral(self, event_type: str, wanted: Callable[[dict], bool]) -> dict:
        """The first that the kit handed on. `wanted` is asked about the whole event."""
        told = self.program.wait_for(
            lambda told: told.get("ephemeral", {}).get("type") == event_type and wanted(told["ephemeral"]),
            f"it is told of {event_type}",
        )
        return told["ephemeral"]

    def wait_for_membership(self, room_id: str, nick: str, membership: str) -> None:
        """Until the bridge has been told of it: matrix-appservice-bridge goes by that."""
        user_id = self.user_id(nick)
        self.program.wait_for(
            lambda told: (event := told.get("took", {})).get("room_id") == room_id
            and event.get("state_key") == user_id
            and event["content"].get("membership") == membership,
            f"it is told that {user_id} is at {membership!r}",
        )


class SdkClient:
    """A person's client, logged in and syncing. Calls are those of sdks/{js,bot}_client.js."""

    def __init__(self, program: SdkProgram, user_id: str, token: str, password: str) -> None:
        self.program = program
        self.user_id = user_id
        self.token = token
        self.password = password
        self.call = program.call

    def join(self, room: str) -> str:
        return self.call("join", room=room)

    def send(self, room: str, body: str) -> str:
        return self.call("send", room=room, body=body)

    def timeline(self, room: str) -> list[dict]:
        """What came with sync, in the order of its coming; checks that nothing came twice."""
        events = [event for event in self.program.events() if event.get("room_id") == room]
        ids = [event["event_id"] for event in events if "event_id" in event]
        assert len(ids) == len(set(ids)), f"{self.program.name} got an event twice: {ids}"
        return events

    def texts(self, room: str) -> list[str]:
        return texts(self.timeline(room))

    def wait_for_text(self, room: str, body: str) -> dict:
        return self.program.wait_for(
            lambda event: event.get("room_id") == room and event["content"].get("body") == body,
            f"{body!r} comes with sync",
        )

    def wait_for_members(self, room: str, wanted: Callable[[dict[str, str]], bool], what: str) -> None:
        """Members by user ID, with the names that they have in the room."""
        eventually(lambda: wanted(self.call("members", room=room)), f"{self.program.name}: {what}")


def texts(events: list[dict]) -> list[str]:
    return [event["content"].get("body") for event in events if event["type"] == "m.room.message"]


class SdkTestCase(StackTestCase):
    """With an IRC server."""

    irc_port: int
    _programs: list[SdkProgram]
    _bridges: list[SdkBridge]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._programs = []
        cls._bridges = []
        cls.addClassCleanup(lambda: [program.kill() for program in cls._programs])
        cls.irc_port = ports.pick(1)[0]
        process = Process("ngircd", cls._folder / "ngircd.pid")
        cls.addClassCleanup(process.stop)
        ngircd.start(process, cls.irc_port, cls._folder / "ngircd.conf", cls._folder / "ngircd.log")

    @classmethod
    def assert_no_secret_leaked(cls) -> None:
        for bridge in cls._bridges:
            assert bridge.program.tokens() or not bridge.kit.is_given_tokens, f"{bridge.name} has told no token"
        cls._secrets.update(*(program.tokens() for program in cls._programs))
        super().assert_no_secret_leaked()

    @classmethod
    def bridge(cls, kit: Kit, name: str) -> SdkBridge:
        """Allowed, registered and running, until the class is through."""
        bridge = SdkBridge(kit, name, cls._folder, cls.stack.url, cls.irc_port)
        cls._programs.append(bridge.program)
        cls._bridges.append(bridge)
        case = cls()
        cls.remember_secret(bridge.as_token)
        file = cls._folder / f"{name}.yaml"
        registration = bridge.registration()
        file.write_text(json.dumps(registration))  # JSON is YAML.
        file.chmod(0o600)
        if kit.registers_itself:
            token_file = cls._folder / f"{name}.token"
            token_file.write_text(bridge.as_token + "\n")
            ceilings = [
                f"--{kind}={entry['regex']}"
                for kind, entries in registration["namespaces"].items()
                for entry in entries
            ]
            case.ctl_ok("grant", "create", f"--name={name}", f"--as_token_file={token_file}", *ceilings)
        else:
            cls.remember_secret(bridge.hs_token)
            case.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        bridge.start()
        return bridge

    @classmethod
    def client(cls, kit: str, username: str, newest: bool = False) -> SdkClient:
        """A new user with a client of the kit "js" or "bot", until the class is through."""
        program = SdkProgram(cls._folder, f"{username}.{kit}", f"{kit}_client", newest)
        cls._programs.append(program)
        program.start()
        password = cls.remember_secret(secrets.token_hex(16))
        session = program.call("start", homeserver=cls.stack.url, username=username, password=password)
        assert len(program.tokens()) == 2, "one by registering, one by logging in"
        return SdkClient(program, session["user_id"], session["access_token"], password)

    def irc_user(self, nick: str) -> IrcUser:
        user = IrcUser(self.irc_port, nick)
        self.addCleanup(user.close)
        return user
