"""What is asked for on the command line."""

import dataclasses
import pathlib


@dataclasses.dataclass
class Options:
    binaries: pathlib.Path  # Of the services.
    load: pathlib.Path  # The program that makes it.
    seconds: float | None  # Instead of each row's own.

    def shortened(self, seconds: float) -> float:
        return seconds if self.seconds is None else self.seconds


@dataclasses.dataclass
class RegistryOptions(Options):
    appservices: int


@dataclasses.dataclass
class PushOptions(Options):
    backlog_events: int
    catch_up_events: int
    batch_events: int
    window: int
    # In one commit of the row limit.store; what one_as made, if that ran before.
    commit_events: int = 2000
