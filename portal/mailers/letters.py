"""The message of a delivery: text and HTML, and headers that nobody can break out of (reliability.md T7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.charset import QP, Charset
from email.mime.text import MIMEText
from email.utils import parseaddr

from flask import current_app
from flask_mail import Message

from portal.domain.contacts import ascii_host
from portal.domain.ids import time_of
from portal.mailers.mailing import Attached
from portal.services.messages.deliveries import Claimed

_BREAKS = re.compile(r"[\r\n\0]")


class BadLetter(ValueError):
    """Refuse a message that no retry makes better."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The two bodies of a message."""

    text: str
    html: str


ENCODED = Charset("utf-8")
ENCODED.body_encoding = QP  # lines of 76: servers refuse those of more than 998, and nobody asked who wrote them


class Letter(Message):
    """A message whose bodies travel encoded, whatever the length of their lines."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        return MIMEText(text or "", subtype, ENCODED)  # type: ignore[arg-type]  # takes a Charset since ever


def letter_of(mail: Claimed, parts: Parts, attached: Sequence[Attached] = (), *, copy_to: str = "") -> Message:
    """Make the message of a delivery; its Message-ID, idempotency key and date are the same at each try.

    Raises:
        BadLetter: a header would break out of its line, or the address is none.
    """
    headers = {
        "Resend-Idempotency-Key": str(mail.id),
        "X-Correlation-ID": mail.correlation_id,
        "Auto-Submitted": "auto-generated",
    }
    message_id = f"<{mail.id}@{current_app.config['MAIL_DOMAIN']}>"
    check_headers(mail.subject, mail.to_address, copy_to, message_id, *headers, *headers.values())
    if "@" not in parseaddr(mail.to_address)[1]:
        raise BadLetter("The recipient has no email address.")
    message = Letter(
        mail.subject,
        recipients=[_on_its_way(mail.to_address)],
        cc=[_on_its_way(copy_to)] if copy_to else [],
        body=parts.text,
        html=parts.html,
        date=time_of(mail.event_id).timestamp(),  # from which the text counts: "in 7 days", however late it is sent
        extra_headers=headers,
    )
    check_headers(str(message.sender), *(each.name for each in attached))
    for each in attached:
        message.attach(each.name, each.mimetype, each.content)
    message.msgId = message_id
    return message


def _on_its_way(address: str) -> str:
    """Return an address with its host in ASCII, before Flask-Mail writes it by the rules of 2003."""
    local, at, host = address.rpartition("@")
    return f"{local}{at}{ascii_host(host)}"


def check_headers(*values: str) -> None:
    """Refuse a value with a line end or NUL: it would start a header of somebody else's choice.

    Raises:
        BadLetter: there is one.
    """
    if any(_BREAKS.search(value) for value in values):
        raise BadLetter("A header of this email contains a line break.")
