"""The error tree. Each message is a sentence for the person who reads it: what is wrong, where, what to do.

MaillonError             exit status 1
├── UsageError           exit status 2: a command line, a path, a configuration that cannot be meant
│   └── ProfileError     every mistake of a profile at once, with line and field
├── KeyUnavailableError       the pseudonym key is missing, unreadable or readable by others
├── StateError           a state directory that cannot be used as it is (read-only, full disk)
│   ├── StateInUseError      another process holds it
│   └── SnapshotLostError    its snapshot is missing or damaged: the lake still holds all that it rests on
├── SourceError          a source that cannot be read at all
└── ResponderError       a foreign system that did not do what it was asked; `outcome` as in a receipt
"""

from __future__ import annotations


class MaillonError(Exception):
    """Base of all errors that Maillon raises on purpose."""

    exit_status = 1


class UsageError(MaillonError):
    """The command line or the configuration cannot be meant."""

    exit_status = 2


class ProfileError(UsageError):
    """A service profile with mistakes. `mistakes` holds one sentence each, with line and field."""

    def __init__(self, path: str, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__(
            f"{path}: {len(mistakes)} mistake(s) in the profile:\n" + "\n".join(f"  {m}" for m in mistakes)
        )


class KeyUnavailableError(MaillonError):
    """The key that makes pseudonyms cannot be used."""

    exit_status = 2


class StateError(MaillonError):
    """The state directory cannot be used as it is."""


class StateInUseError(StateError):
    """Another process holds the state directory."""


class SnapshotLostError(StateError):
    """The snapshot of a state directory is missing or damaged; folding the lake again makes it anew."""


class SourceError(MaillonError):
    """A source cannot be read at all."""


class ResponderError(MaillonError):
    """A foreign system did not do what it was asked.

    `outcome` is "refused", or "timeout" where asking again makes sense; `status` is that of HTTP, 0 = none came.
    """

    def __init__(self, sentence: str, outcome: str, status: int = 0) -> None:
        self.outcome = outcome
        self.status = status
        super().__init__(sentence)
