"""kill -9 of one process after the other, at random moments; each comes back some time later."""

import dataclasses
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

_PAUSE_SECONDS_MAX = 1.0
_AWAY_SECONDS_MAX = 1.5


@dataclasses.dataclass(frozen=True)
class Victim:
    name: str
    kill: Callable[[], None]
    start: Callable[[], None]
    # Some deaths only show when they last: others have to notice them first.
    long_away_s: float = 0


class RandomKills:
    """Each victim dies once, in any order; from then on it is chance."""

    def __init__(self, victims: Sequence[Victim], chance: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self._victims = list(victims)
        self._chance = chance
        self._dead: dict[str, tuple[Victim, float]] = {}  # Until when.

    def run(self, seconds: float) -> None:
        """For `seconds`, or until each has died. Ends with everything started again."""
        end = time.monotonic() + seconds
        first_round = self._chance.sample(self._victims, len(self._victims))
        while (now := time.monotonic()) < end or first_round:
            self._start_again(now)
            alive = [victim for victim in self._victims if victim.name not in self._dead]
            if first_round:
                self._kill(first_round.pop())
            elif alive:
                self._kill(self._chance.choice(alive))
            time.sleep(self._chance.uniform(0, _PAUSE_SECONDS_MAX))
        self._start_again(float("inf"))

    def _kill(self, victim: Victim) -> None:
        victim.kill()
        self.kills[victim.name] += 1
        away_s = self._chance.uniform(0, _AWAY_SECONDS_MAX)
        if victim.long_away_s and self._chance.random() < 0.5:
            away_s = victim.long_away_s
        self._dead[victim.name] = (victim, time.monotonic() + away_s)

    def _start_again(self, now: float) -> None:
        for victim, until in list(self._dead.values()):
            if until <= now:
                victim.start()
                del self._dead[victim.name]
