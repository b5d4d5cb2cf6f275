"""A service that was down and is heard of again gets what waits for it, whatever its backoff."""

from draft_bridge import DraftBridge
from matrix_client import MatrixClient
from polling import eventually
from stack_fixture import StackTestCase


class SignsOfLifeTest(StackTestCase):
    # Ten minutes at least: far longer than anything here waits.
    EXTRA_FLAGS = {"push_dispatcher": ["--backoff_min_ms=600000", "--backoff_max_ms=600000"]}

    def backing_off(self, channel: str) -> tuple[DraftBridge, MatrixClient, list[str]]:
        """A bridge that is down, its client, and what is queued for it."""
        bridge, as_bridge, _ = self.draft_bridge(channel)
        alice = self.person(f"alice.{channel[1:]}")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        bridge.go_down()
        sent = [f"message {number}" for number in range(5)]
        for text in sent:
            alice.send(room_id, text)
        eventually(lambda: "backing_off" in self.ctl_ok("queue", "list"), "the queue backs off")
        self.wait_until_published()
        bridge.come_up()
        return bridge, as_bridge, sent

    def test_any_authenticated_request_brings_the_next_attempt_forward(self) -> None:
        bridge, as_bridge, sent = self.backing_off("#signs")

        def taken() -> bool:
            # More than one, as bridges do: one within 5 s of another counts for nothing.
            as_bridge.ok("GET", "/_matrix/client/v3/account/whoami")
            return sent[-1] in bridge.delivered_texts()

        eventually(taken, "the backlog is delivered")
        bridge.wait_for_texts(sent)

    def test_registering_again_does_so_too(self) -> None:
        bridge, as_bridge, sent = self.backing_off("#again")
        eventually(
            lambda: self.register(bridge.url, as_bridge.token).status == 200
            and sent[-1] in bridge.delivered_texts(),
            "the backlog is delivered",
        )
        bridge.wait_for_texts(sent)
