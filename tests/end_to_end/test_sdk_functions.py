"""Bridges and clients made with published kits: what users do besides messages, by the kits' own functions."""

from irc_user import IrcUser
from matrix_client import MatrixClient
from polling import eventually
from sdk_fixture import APPSERVICE_BRIDGE_NEWEST, BOT_SDK, SdkBridge, SdkClient, SdkTestCase
from sdk_program import CallFailed


class Bridged:
    """A channel with one person in it, and the room that alice and ben have joined."""

    def __init__(self, bridge: SdkBridge, person: IrcUser, room_id: str) -> None:
        self.bridge = bridge
        self.nick = person.nick
        self.channel = f"#{bridge.name}"
        self.say = person.say
        self.room_id = room_id
        self.ghost = bridge.user_id(person.nick)

    def as_ghost(self, act: str, **argument: object) -> object:
        return self.bridge.as_ghost(self.nick, act, **argument)


class FunctionsTest(SdkTestCase):
    """alice is on matrix-js-sdk, ben on matrix-bot-sdk; each test does the same with a bridge on each kit."""

    KITS = {"mab": APPSERVICE_BRIDGE_NEWEST, "bot": BOT_SDK}
    alice: SdkClient
    ben: SdkClient
    bridged: list[Bridged]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.alice = cls.client("js", "alice")
        cls.ben = cls.client("bot", "ben", newest=True)
        cls.bridged = []
        for name, kit in cls.KITS.items():
            bridge = cls.bridge(kit, name)
            person = IrcUser(cls.irc_port, f"P_{name}")
            cls.addClassCleanup(person.close)
            person.join(f"#{name}")
            room_id = cls.alice.join(bridge.alias(f"#{name}"))
            cls.ben.join(room_id)
            bridged = Bridged(bridge, person, room_id)
            wanted = {bridged.ghost, cls.alice.user_id, cls.ben.user_id}
            cls.alice.wait_for_members(room_id, lambda members, w=wanted: w <= set(members), f"{wanted} are there")
            cls.bridged.append(bridged)

    def in_each(self, test) -> None:
        for bridged in self.bridged:
            with self.subTest(bridged.bridge.name):
                test(bridged, bridged.room_id)

    def said_by_alice(self, room_id: str, body: str) -> str:
        """The event's ID, once her own client has it too."""
        event_id = self.alice.send(room_id, body)
        self.alice.wait_for_text(room_id, body)
        return event_id

    def said_on_irc(self, bridged: Bridged, body: str) -> str:
        bridged.say(bridged.channel, body)
        return self.alice.wait_for_text(bridged.room_id, body)["event_id"]

    def test_typing(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            def wait_until_types(users: set[str]) -> None:
                eventually(lambda: set(self.alice.call("who_types", room=room)) == users, f"{users} type")

            bridged.as_ghost("typing", room=room, typing=True)
            wait_until_types({bridged.ghost})
            self.ben.call("typing", room=room, typing=True)
            wait_until_types({bridged.ghost, self.ben.user_id})
            bridged.as_ghost("typing", room=room, typing=False)
            self.ben.call("typing", room=room, typing=False)
            wait_until_types(set())
            self.alice.call("typing", room=room, typing=True)
            bridged.bridge.wait_for_ephemeral(
                "m.typing",
                lambda event: event["room_id"] == room and event["content"]["user_ids"] == [self.alice.user_id],
            )
            self.alice.call("typing", room=room, typing=False)

        self.in_each(test)

    def test_receipts(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            event = self.said_by_alice(room, "read this")
            bridged.as_ghost("read", room=room, event=event)
            self.ben.call("read", room=room, event=event)
            eventually(
                lambda: {bridged.ghost, self.ben.user_id} <= set(self.alice.call("who_has_read", room=room, event=event)),
                "they have read it",
            )
            event = self.said_on_irc(bridged, "and this")
            self.alice.call("read", room=room, event=event)
            told = bridged.bridge.wait_for_ephemeral(
                "m.receipt", lambda receipt: self.alice.user_id in receipt["content"].get(event, {}).get("m.read", {})
            )
            self.assertEqual(told["room_id"], room)

        self.in_each(test)

    def test_presence(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            lunch = {"presence": "unavailable", "status": "at lunch"}
            bridged.as_ghost("set_presence", **lunch)
            for client in (self.alice, self.ben):
                self.assertEqual(client.call("presence", user=bridged.ghost), lunch)
            eventually(lambda: self.alice.call("seen_presence", user=bridged.ghost) == lunch, "alice is told")
            for client, status in ((self.alice, f"alice, {room}"), (self.ben, f"ben, {room}")):
                client.call("set_presence", presence="online", status=status)
                told = bridged.bridge.wait_for_ephemeral(
                    "m.presence", lambda event, s=status: event["content"].get("status_msg") == s
                )
                self.assertEqual((told["sender"], told["content"]["presence"]), (client.user_id, "online"))

        self.in_each(test)

    def test_media(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            uri = bridged.as_ghost("upload", text="of a ghost", file="ghost.txt")
            bridged.as_ghost("set_avatar", uri=uri)
            for client in (self.alice, self.ben):
                self.assertEqual(client.call("download", uri=uri), {"text": "of a ghost", "type": "text/plain"})
                self.assertEqual(client.call("profile", user=bridged.ghost)["avatar_url"], uri)
                text = f"of {client.user_id}"
                uri_back = client.call("upload", text=text, file="person.txt")
                self.assertEqual(bridged.as_ghost("download", uri=uri_back)["text"], text)

        self.in_each(test)

    def test_third_party_networks(self) -> None:
        """Both bridges are on IRC: what they tell is put together."""
        irc = self.alice.call("third_party_protocols")["irc"]
        self.assertEqual(irc["location_fields"], ["channel"])
        networks = [(network["network_id"], network["instance_id"]) for network in irc["instances"]]
        self.assertEqual(networks, [(name, f"{name}|{name}") for name in self.KITS])

        users = self.alice.call("third_party_users", protocol="irc", fields={"nickname": "Dora"})
        self.assertEqual([user["userid"] for user in users], [one.bridge.user_id("Dora") for one in self.bridged])
        rooms = self.alice.call("third_party_locations", protocol="irc", fields={"channel": "#x"})
        self.assertEqual([room["alias"] for room in rooms], [one.bridge.alias("#x") for one in self.bridged])

        def test(bridged: Bridged, _: str) -> None:
            client = MatrixClient(self.port, self.alice.token)
            path = "/_matrix/client/v3/thirdparty"
            (user,) = client.ok("GET", f"{path}/user", userid=bridged.ghost)
            self.assertEqual(user["fields"]["nickname"].lower(), bridged.nick.lower())
            (room,) = client.ok("GET", f"{path}/location", alias=bridged.bridge.alias(bridged.channel))
            self.assertEqual(room["fields"], {"channel": bridged.channel})

        self.in_each(test)

    def test_edits_and_reactions(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            event = self.said_by_alice(room, "teh message")
            self.alice.call("edit", room=room, event=event, body="the message")
            eventually(
                lambda: self.alice.call("shown", room=room, event=event)["body"] == "the message", "it is shown edited"
            )
            edit = bridged.bridge.program.wait_for(
                lambda told: told.get("took", {}).get("content", {}).get("m.relates_to", {}).get("event_id") == event,
                "it is told of the edit",
            )
            self.assertEqual(edit["took"]["content"]["m.new_content"]["body"], "the message")
            bridged.as_ghost("react", room=room, event=event, key="👍")
            self.ben.call("react", room=room, event=event, key="👎")
            expected = [[bridged.ghost, "👍"], [self.ben.user_id, "👎"]]
            eventually(
                lambda: sorted(self.alice.call("reactions", room=room, event=event)) == sorted(expected),
                "alice sees the reactions",
            )

        self.in_each(test)

    def test_redactions(self) -> None:
        def test(bridged: Bridged, room: str) -> None:
            hers = self.said_by_alice(room, "not for you")
            redaction = self.alice.call("redact", room=room, event=hers, reason="private")
            told = bridged.bridge.program.wait_for(
                lambda told: told.get("took", {}).get("event_id") == redaction, "it is told of the redaction"
            )
            self.assertEqual(told["took"]["redacts"], hers)
            found = bridged.as_ghost("event", room=room, event=hers)
            self.assertEqual(found["content"], {})
            self.assertEqual(found["unsigned"]["redacted_because"]["content"]["reason"], "private")
            theirs = self.said_on_irc(bridged, "taken back")
            with self.assertRaises(CallFailed) as refusal:
                self.ben.call("redact", room=room, event=theirs, reason="no")
            self.assertEqual(refusal.exception.errcode, "M_FORBIDDEN")
            bridged.as_ghost("redact", room=room, event=theirs, reason="typo")
            for event in (hers, theirs):
                eventually(
                    lambda e=event: self.alice.call("shown", room=room, event=e) == {}, "alice's client shows it no more"
                )
            self.assertEqual(self.ben.call("event", room=room, event=theirs)["content"], {})

        self.in_each(test)

    def test_messages_to_devices(self) -> None:
        device = self.alice.call("own_device")
        for number, target in enumerate((device, "*")):
            content = {"number": number}
            self.alice.call("send_to_device", type="m.test", user=self.alice.user_id, device=target, content=content)
            told = self.alice.program.wait_for(
                lambda told: told.get("to_device", {}).get("content") == content, "her device is told"
            )
            self.assertEqual((told["to_device"]["type"], told["to_device"]["sender"]), ("m.test", self.alice.user_id))
        # matrix-appservice-bridge drops what it is sent for devices.
        bot = self.bridged[-1]
        content = {"for": bot.ghost}
        self.alice.call("send_to_device", type="m.test", user=bot.ghost, device="DEVICE", content=content)
        told = bot.bridge.wait_for_ephemeral("m.test", lambda message: message["content"] == content)
        self.assertEqual((told["to_user_id"], told["to_device_id"]), (bot.ghost, "DEVICE"))
        self.assertEqual(told["sender"], self.alice.user_id)

    def test_account_data_tags_and_read_markers(self) -> None:
        room = self.bridged[0].room_id
        for client in (self.alice, self.ben):
            content = {"of": client.user_id}
            client.call("set_account_data", type="x.own", content=content)
            eventually(lambda: client.call("account_data", type="x.own") == content, "it is kept")
        self.alice.call("set_room_account_data", room=room, type="x.room", content={"a": 1})
        eventually(lambda: self.alice.call("room_account_data", room=room, type="x.room") == {"a": 1}, "it is told")
        self.alice.call("set_tag", room=room, tag="m.favourite", order=0.5)
        eventually(lambda: self.alice.call("tags", room=room) == {"m.favourite": {"order": 0.5}}, "the tag is told")
        self.alice.call("delete_tag", room=room, tag="m.favourite")
        eventually(lambda: self.alice.call("tags", room=room) == {}, "it is told that the tag is gone")
        event = self.said_by_alice(room, "up to here")
        self.alice.call("set_read_marker", room=room, event=event)
        eventually(lambda: self.alice.call("read_marker", room=room) == event, "the marker is told")

    def test_devices(self) -> None:
        for client in (self.alice, self.ben):
            self.assertEqual(len(client.call("devices")), 2, "from registering and logging in")
        device = self.alice.call("own_device")
        self.alice.call("rename_device", device=device, to="her phone")
        devices = {one["device_id"]: one.get("display_name") for one in self.alice.call("devices")}
        self.assertEqual(devices[device], "her phone")
        [other] = devices.keys() - {device}
        with self.assertRaises(CallFailed, msg="not without her password"):
            self.alice.call("delete_device", device=other)
        self.assertEqual(len(self.alice.call("devices")), 2)
        proof = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": self.alice.user_id}}
        self.alice.call("delete_device", device=other, auth={**proof, "password": self.alice.password})
        self.assertEqual([one["device_id"] for one in self.alice.call("devices")], [device])
