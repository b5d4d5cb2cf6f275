"""IRC bridges and clients made with published kits, unmodified: what people do with a bridge."""

import threading

from irc_user import IrcUser
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
from sdk_program import CallFailed

_OLD_TS = 1421416883133


class Scenarios:
    """What each bridge has to do, for a class that says which kits it is made of.

    The homeserver and IRC remember beyond a test: each takes a channel and nicks of its own.
    """

    KIT: Kit
    CLIENT: str
    bridge_: SdkBridge
    alice: SdkClient

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.bridge_ = cls.bridge(cls.KIT, "irc")
        cls.alice = cls.client(cls.CLIENT, "alice", cls.KIT.newest)

    def bridged(self, channel: str, *nicks: str) -> tuple[str, list[IrcUser]]:
        """A channel with people in it that alice has joined: the room and the people.
        The bridge has power in the channel; its ghosts are in the room."""
        people = [self.irc_user(nick) for nick in nicks]
        for person in people:
            person.join(channel)
        room_id = self.alice.join(self.bridge_.alias(channel))
        people[0].wait_for("JOIN", channel)
        for nick in nicks:
            self.wait_for_ghost(room_id, nick)
        people[0].send(f"MODE {channel} +o {self.bridge_.bot_nick}")
        people[0].wait_for("MODE", channel, "+o", self.bridge_.bot_nick)
        return room_id, people

    def wait_for_ghost(self, room_id: str, nick: str, there: bool = True) -> None:
        user_id = self.bridge_.user_id(nick)
        self.alice.wait_for_members(
            room_id,
            lambda members: members.get(user_id) == nick if there else user_id not in members,
            f"{user_id} {'is' if there else 'is not'} in the room",
        )

    def test_alias_becomes_a_room(self) -> None:
        room_id, _ = self.bridged("#first", "Bob")
        self.assertEqual(self.alice.call("resolve", alias=self.bridge_.alias("#first")), room_id)
        eventually(
            lambda: self.alice.call("state", room=room_id, type="m.room.name") == {"name": "#first"},
            "the room has its name",
        )

    def test_two_join_a_new_alias_at_once(self) -> None:
        self.irc_user("Brian").join("#two")
        other = self.client(self.CLIENT, "olga", self.KIT.newest)
        rooms: list[str] = []
        alias = self.bridge_.alias("#two")
        people = (self.alice, other)
        threads = [threading.Thread(target=lambda c=c: rooms.append(c.join(alias))) for c in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(rooms), 2)
        self.assertEqual(len(set(rooms)), 1)

    def test_unknown_alias_is_not_found(self) -> None:
        for attempt in ("join", "resolve"):
            argument = {"join": "room", "resolve": "alias"}[attempt]
            with self.assertRaises(CallFailed) as refusal:
                self.alice.call(attempt, **{argument: self.bridge_.alias("#nowhere")})
            self.assertEqual(refusal.exception.errcode, "M_NOT_FOUND")

    def test_invited_user_comes(self) -> None:
        self.irc_user("Carol")
        room_id = self.alice.call("create_room", options={"preset": "private_chat", "name": "for two"})
        self.alice.call("invite", room=room_id, user=self.bridge_.user_id("Carol"))
        self.wait_for_ghost(room_id, "Carol")
        profile = self.alice.call("profile", user=self.bridge_.user_id("Carol"))
        self.assertEqual(profile.get("displayname"), "Carol")

    def test_changed_profile_is_told(self) -> None:
        room_id, [quin] = self.bridged("#names", "Quin")
        other = self.client(self.CLIENT, "paul", self.KIT.newest)
        other.join(room_id)
        other.call("set_display_name", to="Paul of Matrix")
        self.alice.wait_for_members(
            room_id, lambda members: members.get(other.user_id) == "Paul of Matrix", "alice sees his name"
        )
        self.bridge_.program.wait_for(
            lambda told: (event := told.get("took", {})).get("room_id") == room_id
            and event.get("state_key") == other.user_id
            and event["content"].get("displayname") == "Paul of Matrix",
            "it is told of his name",
        )
        ghost = self.bridge_.user_id("Quin")
        self.assertEqual(other.call("profile", user=ghost).get("displayname"), quin.nick)

    def test_unknown_user_cannot_be_invited(self) -> None:
        room_id = self.alice.call("create_room", options={})
        with self.assertRaises(CallFailed) as refusal:
            self.alice.call("invite", room=room_id, user=self.bridge_.user_id("Nobody"))
        self.assertEqual(refusal.exception.errcode, "M_FORBIDDEN")

    def test_both_directions_keep_their_order(self) -> None:
        room_id, [dora] = self.bridged("#talk", "Dora")
        from_irc = [f"irc {number}" for number in range(30)]
        from_matrix = [f"matrix {number}" for number in range(30)]
        for one, other in zip(from_irc, from_matrix):
            dora.say("#talk", one)
            self.alice.send(room_id, other)
        self.alice.wait_for_text(room_id, from_irc[-1])
        self.alice.wait_for_text(room_id, from_matrix[-1])
        eventually(lambda: dora.heard("#talk")[-1:] == [f"<alice> {from_matrix[-1]}"], "Dora hears the last")
        self.assertEqual(dora.heard("#talk"), [f"<alice> {text}" for text in from_matrix])
        seen = self.alice.texts(room_id)
        self.assertEqual([text for text in seen if text.startswith("irc")], from_irc)
        self.assertEqual([text for text in seen if text.startswith("matrix")], from_matrix)
        said = [event for event in self.alice.timeline(room_id) if event["content"].get("body") in from_irc]
        self.assertEqual({event["sender"] for event in said}, {self.bridge_.user_id("Dora")})

    def test_messages_have_the_time_at_which_they_were_said(self) -> None:
        room_id, [ed] = self.bridged("#times", "Ed")
        self.bridge_.program.call("set_time", ts=_OLD_TS)
        self.addCleanup(self.bridge_.program.call, "set_time", ts=0)
        ed.say("#times", "long ago")
        self.assertEqual(self.alice.wait_for_text(room_id, "long ago")["origin_server_ts"], _OLD_TS)
        history = self.alice.call("history", room=room_id)
        kept = [event["origin_server_ts"] for event in history if event["content"].get("body") == "long ago"]
        self.assertEqual(kept, [_OLD_TS])

    def test_topic_goes_both_ways(self) -> None:
        room_id, [fay] = self.bridged("#topics", "Fay")
        fay.send("TOPIC #topics :from IRC")
        eventually(
            lambda: self.alice.call("state", room=room_id, type="m.room.topic") == {"topic": "from IRC"},
            "alice sees the topic",
        )
        self.bridge_.program.call("set_power", room=room_id, user=self.alice.user_id, level=50)
        self.alice.call("set_topic", room=room_id, topic="from Matrix")
        fay.wait_for("TOPIC", "#topics", "from Matrix")

    def test_operator_has_power(self) -> None:
        room_id, [gus, hal] = self.bridged("#ops", "Gus", "Hal")
        gus.send("MODE #ops +o Hal")
        hal.wait_for("MODE", "#ops", "+o", "Hal")

        def powers() -> dict[str, int]:
            return self.alice.call("state", room=room_id, type="m.room.power_levels").get("users", {})

        eventually(lambda: powers().get(self.bridge_.user_id("Hal")) == 50, "Hal has power")

    def test_newcomer_reads_what_was_said_before(self) -> None:
        room_id, [ida] = self.bridged("#history", "Ida")
        said = [f"line {number}" for number in range(60)]
        for text in said:
            ida.say("#history", text)
        self.alice.wait_for_text(room_id, said[-1])
        newcomer = self.client(self.CLIENT, "nora", self.KIT.newest)
        newcomer.join(self.bridge_.alias("#history"))
        newcomer.wait_for_members(room_id, lambda members: newcomer.user_id in members, "she is there")
        history = newcomer.call("history", room=room_id)
        self.assertEqual(texts(history), said)
        self.assertEqual(history[0]["type"], "m.room.create")

    def test_part_and_quit_on_irc(self) -> None:
        room_id, [_, jim, kai] = self.bridged("#leaving", "Joe", "Jim", "Kai")
        jim.send("PART #leaving :lunch")
        self.wait_for_ghost(room_id, "Jim", there=False)
        self.bridge_.wait_for_membership(room_id, "Jim", "leave")
        kai.send("QUIT :night")
        self.wait_for_ghost(room_id, "Kai", there=False)
        jim.send("JOIN #leaving")
        self.wait_for_ghost(room_id, "Jim")

    def test_leave_on_matrix(self) -> None:
        room_id, [lea] = self.bridged("#left", "Lea")
        self.alice.call("leave", room=room_id)
        lea.wait_for("PRIVMSG", "#left", "* alice left")

    def test_kick_on_irc(self) -> None:
        room_id, [max_, _] = self.bridged("#kick", "Max", "Ned")
        max_.send("KICK #kick Ned :enough")
        self.wait_for_ghost(room_id, "Ned", there=False)

    def test_kick_on_matrix(self) -> None:
        room_id, [_, pia] = self.bridged("#kicked", "Oli", "Pia")
        self.bridge_.program.call("set_power", room=room_id, user=self.alice.user_id, level=50)
        self.alice.call("kick", room=room_id, user=self.bridge_.user_id("Pia"), reason="go away")
        pia.wait_for("KICK", "#kicked", "Pia", "go away")
        self.wait_for_ghost(room_id, "Pia", there=False)


class AppserviceBridgeTest(Scenarios, SdkTestCase):
    """matrix-appservice-bridge, with matrix-js-sdk."""

    KIT = APPSERVICE_BRIDGE
    CLIENT = "js"


class BotSdkTest(Scenarios, SdkTestCase):
    """matrix-bot-sdk on both sides."""

    KIT = BOT_SDK
    CLIENT = "bot"


class NewestAppserviceBridgeTest(Scenarios, SdkTestCase):
    KIT = APPSERVICE_BRIDGE_NEWEST
    CLIENT = "js"


class NewestBotSdkTest(Scenarios, SdkTestCase):
    KIT = BOT_SDK_NEWEST
    CLIENT = "bot"


class Appservice2015Test(Scenarios, SdkTestCase):
    """matrix-appservice 0.0.3, as old as the draft, with matrix-js-sdk."""

    KIT = APPSERVICE_2015
    CLIENT = "js"
