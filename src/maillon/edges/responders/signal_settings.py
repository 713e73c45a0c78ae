"""What `[responders.shared_signals]` may say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from maillon.edges.responders.declaration import Connection
from maillon.edges.responders.secret import Secret


class Receiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One party that may have a stream: a table `[[responders.shared_signals.receivers]]`."""

    audience: Annotated[str, Meta(description="what stands in `aud`, e.g. `https://portal.example.org`")]
    token: Annotated[Secret, Meta(description="bearer token that it manages and polls its stream with")]
    hosts: Annotated[tuple[str, ...], Meta(description="hosts that its events may be pushed to")] = ()
    push: Annotated[
        str, Meta(description="push to this address at once, without waiting for the receiver to make a stream")
    ] = ""
    push_authorization: Annotated[Secret, Meta(description="header `Authorization` of those pushes")] = ""


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.shared_signals]` may say."""

    issuer: Annotated[str, Meta(description="`iss` of the events, an https address")]
    base: Annotated[str, Meta(description="public address of the endpoints; empty = issuer + `/ssf`")] = ""
    folder: Annotated[str, Meta(description="where keys and streams are kept; owner-only")]
    receivers: Annotated[tuple[Receiver, ...], Meta(description="who may have a stream")]
    subject: Annotated[Literal["iss_sub", "email", "opaque"], Meta(description="form of the subject (RFC 9493)")] = (
        "iss_sub"
    )
    subject_issuer: Annotated[
        str, Meta(description="issuer that receivers know the accounts from, for `iss_sub`; empty = issuer")
    ] = ""
    algorithm: Annotated[Literal["RS256", "ES256"], Meta(description="of the signatures")] = "RS256"
    key_days: Annotated[int, Meta(ge=1, le=730, description="a key signs for so long, then a new one is made")] = 90
    overlap_days: Annotated[int, Meta(ge=1, le=90, description="how long the old key stays published after that")] = 14
    keep_days: Annotated[int, Meta(ge=1, le=90, description="how long an event waits for a receiver that is away")] = 14

    @property
    def endpoints(self) -> str:
        """Return where the endpoints are."""
        return self.base.rstrip("/") or self.issuer.rstrip("/") + "/ssf"

    @property
    def keys(self) -> Path:
        """Return the folder of the signing keys."""
        return Path(self.folder) / "keys"
