"""People: a mail, or a message in their chat, tells in plain words what was done, why, and what they can do."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from maillon.edges.responders.declaration import Connection, Responder
from maillon.edges.responders.http import ask_json, checked
from maillon.edges.responders.receipts import Step, carry_out
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError, UsageError
from maillon.facts.order import ORDERS, Order, Receipt
from maillon.render.order_words import body, subject

NAME = "people"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.people]` may say."""

    to: Annotated[tuple[str, ...], Meta(description="mail addresses of who is on call")] = ()
    sender: Annotated[str, Meta(description="the mail's sender")] = "maillon@localhost"
    server: Annotated[str, Meta(description="mail server, `HOST:PORT`")] = "127.0.0.1:25"
    tls: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="`none` is for a mail server on this machine only")
    ] = "starttls"
    user: Annotated[str, Meta(description="name at the mail server; empty = no log-in")] = ""
    password: Annotated[Secret, Meta(description="its password, `file:PATH` or `env:NAME`")] = ""
    chat: Annotated[
        Secret,
        Meta(
            description='address that takes `{"text": …}` (Mattermost, Slack, Teams, a Matrix bridge); it is itself '
            "a secret: `file:PATH` or `env:NAME`"
        ),
    ] = ""
    lang: Annotated[Literal["fr", "en", "both"], Meta(description="language of the messages")] = "both"
    actions: Annotated[
        tuple[Literal["observe", "step_up", "pace", "end_sessions", "suspend", "release"], ...],
        Meta(description="what people are told of"),
    ] = ("pace", "end_sessions", "suspend", "release")


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Tell people of the order. A repeated mail carries the same Message-ID."""
    return _tell(order, settings, now, order.id)


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Tell people that the account is open again."""
    return _tell(order, settings, now or order.at, f"{order.id}.{receipt.order}")


def check(settings: Settings) -> list[str]:
    """Greet the mail server and log in; nothing is sent. Raises ResponderError, UsageError."""
    told = []
    if settings.to:
        _mail(settings, None)
        told.append(f"the mail server {settings.server} takes mail for {len(settings.to)} address(es)")
    if settings.chat:
        told.append(f"the chat at {checked(read_secret(settings.chat))} is asked at the first order only")
    if not told:
        raise UsageError("people are told nowhere: set `to` or `chat`")
    return told


def _tell(order: Order, settings: Settings, now: int, name: str) -> Receipt:
    # Less than was asked for is told whatever the operator chose to be told of.
    wanted = order.action in settings.actions or bool(order.alarm)
    steps: list[Step] = []
    if settings.to and wanted:
        steps.append(lambda: _mail(settings, _message(order, settings, now, name)))
    if settings.chat and wanted:
        steps.append(lambda: _chat(settings, order))
    return carry_out(order, NAME, now, steps, {})


def _languages(settings: Settings) -> tuple[str, ...]:
    return ("fr", "en") if settings.lang == "both" else (settings.lang,)


def _message(order: Order, settings: Settings, now: int, name: str) -> EmailMessage:
    languages = _languages(settings)
    message = EmailMessage()
    message["Subject"] = subject(order, languages[0])
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = formatdate(now / 1_000_000)
    message["Message-ID"] = f"<{name}@maillon.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n---\n\n".join(body(order, lang) for lang in languages))
    return message


def _mail(settings: Settings, message: EmailMessage | None) -> str:
    host, _, port = settings.server.rpartition(":")
    if settings.tls == "none" and host not in _LOOPBACK:
        raise UsageError(f"mail to {host} must use TLS: set `tls` to starttls or tls")
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    try:
        if settings.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port), timeout=settings.seconds, context=context)
        else:
            server = smtplib.SMTP(host, int(port), timeout=settings.seconds)
        with server:
            if settings.tls == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, read_secret(settings.password))
            if message is not None and (left := server.send_message(message)):
                raise ResponderError(f"the mail server refused {len(left)} of {len(settings.to)} addresses", "partial")
    except smtplib.SMTPResponseException as error:
        outcome = "timeout" if 400 <= error.smtp_code < 500 else "refused"
        raise ResponderError(f"the mail server {settings.server} answered {error.smtp_code}", outcome) from None
    except smtplib.SMTPServerDisconnected:
        raise ResponderError(f"the mail server {settings.server} hung up or did not answer", "timeout") from None
    except smtplib.SMTPException as error:
        raise ResponderError(f"the mail server {settings.server}: {type(error).__name__}", "refused") from None
    except ssl.SSLError:
        raise ResponderError(f"the mail server {settings.server} could not prove who it is (TLS)", "refused") from None
    except OSError as error:
        raise ResponderError(
            f"the mail server {settings.server} cannot be reached ({_name(error)})", "timeout"
        ) from None
    return f"a mail is sent to {len(settings.to)} address(es)"


def _chat(settings: Settings, order: Order) -> str:
    url = read_secret(settings.chat)
    text = "\n\n".join(body(order, lang) for lang in _languages(settings))
    try:
        ask_json(settings, "POST", url, value={"text": text})
    except ResponderError as error:
        # The path of such an address is its password: only the host may be named.
        status = f" answered {error.status}" if error.status else " did not answer"
        raise ResponderError(f"the chat at {urlsplit(url).hostname}{status}", error.outcome, error.status) from None
    return "a message is posted to the chat"


def _name(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else error.strerror or type(error).__name__


DECLARATION = Responder(
    name=NAME,
    does="tells people in plain words, by mail or in their chat, in French and English",
    takes=dict.fromkeys(ORDERS[:-1], "tells what was done, why, until when, and how to lift it"),
    undoes="tells that the account is open again",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
)
