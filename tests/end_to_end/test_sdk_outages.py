"""Bridges and clients made with published kits: what they live through."""

import threading

from polling import eventually
from sdk_fixture import (
    APPSERVICE_2015,
    APPSERVICE_BRIDGE,
    APPSERVICE_BRIDGE_NEWEST,
    BOT_SDK,
    BOT_SDK_NEWEST,
    Kit,
    SdkBridge,
    SdkClient,
    SdkTestCase,
    texts,
)


class Outages:
    """kill -9 of each process in turn, while people talk: nothing is lost, repeated or out of order."""

    EXTRA_FLAGS = {"push_dispatcher": ["--backoff_max_ms=500"]}
    KITS: dict[str, Kit]
    CLIENT: str
    NEWEST = False
    bridges: list[SdkBridge]
    alice: SdkClient

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.bridges = [cls.bridge(kit, name) for name, kit in cls.KITS.items()]
        cls.alice = cls.client(cls.CLIENT, "alice", cls.NEWEST)

    def setUp(self) -> None:
        """Each bridge has a channel of its own, with one person in it, for each test."""
        name = self.id().rpartition(".")[2].removeprefix("test_")
        self.channels = [f"#{name}-{bridge.name}" for bridge in self.bridges]
        # ngircd takes nine letters.
        self.people = [self.irc_user(f"{name[:4]}_{bridge.name}") for bridge in self.bridges]
        self.rooms = []
        for bridge, person, channel in zip(self.bridges, self.people, self.channels):
            person.join(channel)
            room_id = self.alice.join(bridge.alias(channel))
            ghost = bridge.user_id(person.nick)
            self.alice.wait_for_members(room_id, lambda members, g=ghost: g in members, f"{ghost} is there")
            self.rooms.append(room_id)
        self.said: list[str] = []
        self.said_on_irc: list[str] = []

    def say(self, text: str) -> None:
        """As alice, in every room, until it is taken."""
        for room_id in self.rooms:
            self.alice.send(room_id, text)
        self.said.append(text)

    def say_on_irc(self, text: str) -> None:
        for person, channel in zip(self.people, self.channels):
            person.say(channel, text)
        self.said_on_irc.append(text)

    def taken(self, bridge: SdkBridge, room_id: str) -> list[str]:
        return [text for text in texts(bridge.taken(room_id)) if text in self.said]

    def check_all_came_once(self) -> None:
        """On IRC, in the bridges, in alice's client, and in the rooms' history."""
        expected = [f"<alice> {text}" for text in self.said]
        for bridge, person, channel, room_id in zip(self.bridges, self.people, self.channels, self.rooms):
            with self.subTest(bridge.name):
                eventually(lambda: person.heard(channel)[-1:] == expected[-1:], f"{person.nick} hears the last")
                self.assertEqual(person.heard(channel), expected)
                # A bridge may tell IRC before it tells us.
                eventually(lambda: self.taken(bridge, room_id)[-1:] == self.said[-1:], f"{bridge.name} tells of it")
                self.assertEqual(self.taken(bridge, room_id), self.said)
                self.alice.wait_for_text(room_id, self.said_on_irc[-1])
                for found in (self.alice.texts(room_id), texts(self.alice.call("history", room=room_id))):
                    self.assertEqual([text for text in found if text in self.said], self.said)
                    self.assertEqual([text for text in found if text in self.said_on_irc], self.said_on_irc)

    def walk(self, victim: str) -> None:
        """alice talks all the time; IRC while the victim is down, and before and after that: the kits
        send under a new transaction ID when they repeat, so an answer must not get lost to them."""
        self.say("first")
        self.say_on_irc("first on IRC")
        for room_id in self.rooms:
            self.alice.wait_for_text(room_id, "first on IRC")
        talker = threading.Thread(target=lambda: [self.say(f"line {number}") for number in range(8)])
        talker.start()
        self.kill(victim)
        self.say_on_irc("during the outage")
        self.assertEqual(self.stack.up(), [victim])
        self.alice.call("retry")
        talker.join()
        self.say("last")
        self.say_on_irc("last on IRC")
        self.check_all_came_once()

    def test_registry(self) -> None:
        self.walk("registry")

    def test_query_proxy(self) -> None:
        self.walk("query_proxy")

    def test_push_dispatcher(self) -> None:
        self.walk("push_dispatcher")

    def test_homeserver(self) -> None:
        self.walk("homeserver")

    def test_gateway(self) -> None:
        self.walk("gateway")

    def test_postgres(self) -> None:
        self.walk("postgres")

    def test_the_bridges_themselves(self) -> None:
        self.say("first")
        for person, channel in zip(self.people, self.channels):
            eventually(lambda: person.heard(channel) == ["<alice> first"], "IRC hears the first")
        for bridge in self.bridges:
            bridge.program.kill()
        for number in range(8):
            self.say(f"unheard {number}")
        for bridge, channel, person in zip(self.bridges, self.channels, self.people):
            bridge.start()
            person.wait_for("QUIT")
        self.say("last")
        for person, channel in zip(self.people, self.channels):
            eventually(lambda: person.heard(channel)[-1:] == ["<alice> last"], "IRC hears the last")
        self.say_on_irc("last on IRC")
        self.check_all_came_once()


class OutageTest(Outages, SdkTestCase):
    KITS = {"mab": APPSERVICE_BRIDGE, "bot": BOT_SDK, "old": APPSERVICE_2015}
    CLIENT = "js"


class NewestOutageTest(Outages, SdkTestCase):
    """alice is on matrix-bot-sdk here."""

    KITS = {"mab": APPSERVICE_BRIDGE_NEWEST, "bot": BOT_SDK_NEWEST}
    CLIENT = "bot"
    NEWEST = True


class Isolation:
    """Two bridges side by side: one hangs, the other goes on."""

    HANGING: Kit
    GOING: Kit

    def test_one_hangs_and_the_other_goes_on(self) -> None:
        hanging = self.bridge(self.HANGING, "one")
        going = self.bridge(self.GOING, "other")
        newest = self.HANGING.newest
        alice, ben = self.client("js", "alice", newest), self.client("bot", "ben", newest)
        sue, tom = self.irc_user("Sue"), self.irc_user("Tom")
        sue.join("#one")
        tom.join("#other")
        stuck = alice.join(hanging.alias("#one"))
        free = ben.join(going.alias("#other"))
        alice.join(going.alias("#other"))
        alice.wait_for_members(stuck, lambda members: hanging.user_id("Sue") in members, "Sue is there")
        alice.wait_for_members(free, lambda members: going.user_id("Tom") in members, "Tom is there")

        hanging.program.stop_answering()
        self.addCleanup(hanging.program.go_on)
        kept = [f"kept {number}" for number in range(20)]
        for text in kept:
            alice.send(stuck, text)
        # Somebody waits for an answer that doesn't come.
        joining = threading.Thread(target=lambda: ben.join(hanging.alias("#late")))
        sue.join("#late")
        joining.start()

        for number in range(20):
            ben.send(free, f"ben {number}")
            tom.say("#other", f"tom {number}")
        alice.wait_for_text(free, "tom 19")
        eventually(lambda: "<ben> ben 19" in tom.heard("#other"), "Tom hears ben")
        tom.join("#new")
        self.assertTrue(ben.join(going.alias("#new")))
        self.assertEqual(sue.heard("#one"), [], "the other hangs indeed")
        self.assertTrue(joining.is_alive())

        hanging.program.go_on()
        eventually(lambda: sue.heard("#one")[-1:] == ["<alice> kept 19"], "Sue hears the last")
        self.assertEqual(sue.heard("#one"), [f"<alice> {text}" for text in kept])
        joining.join()
        rooms = {event["room_id"] for told in going.program.events() if (event := told.get("took"))}
        self.assertNotIn(stuck, rooms, "each gets its own")
        rooms = {event["room_id"] for told in hanging.program.events() if (event := told.get("took"))}
        self.assertNotIn(free, rooms, "each gets its own")


class IsolationTest(Isolation, SdkTestCase):
    HANGING = APPSERVICE_BRIDGE
    GOING = BOT_SDK


class NewestIsolationTest(Isolation, SdkTestCase):
    HANGING = BOT_SDK_NEWEST
    GOING = APPSERVICE_BRIDGE_NEWEST


class DraftIsolationTest(Isolation, SdkTestCase):
    """A bridge of 2015 beside one of today."""

    HANGING = APPSERVICE_2015
    GOING = APPSERVICE_BRIDGE_NEWEST
