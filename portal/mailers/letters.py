"""The message of a delivery: text and HTML, and headers that nobody can break out of (reliability.md T7)."""

from __future__ import annotations

import re
import uuid
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import EmailPolicy
from email.utils import formatdate, parseaddr

from flask import current_app
from flask_mail import sanitize_address, sanitize_addresses, sanitize_subject

from portal.domain.contacts import ascii_host
from portal.domain.ids import time_of
from portal.domain.times import write_day
from portal.mailers.mailing import Attached
from portal.services.messages.deliveries import Claimed

_BREAKS = re.compile(r"[\r\n\0]")
RESENT = "We couldn’t deliver this email earlier. It was accurate on {day} at {time} UTC."


class BadLetter(ValueError):
    """Refuse a message that no retry makes better."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The two bodies of a message."""

    text: str
    html: str


class _AsWritten(EmailPolicy):
    """Headers as they were written, folded where they are too long; the library would read each again at each look."""

    def header_fetch_parse(self, _name: str, value: str) -> str:
        """Return the value as it was set."""
        return value


AS_WRITTEN = _AsWritten(linesep="\r\n")
# No encoded body has them: quoted-printable writes an equals sign as =3D, and base64 has no underscore.
BODIES, DOCUMENTS = "=_bodies", "=_documents"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one reader, with copies.

    Flask-Mail's looks up this machine's name for each, to make an id that no email of ours gets: where the network
    answers late, or not at all, each email would wait for it.
    """

    id: uuid.UUID
    subject: str
    reader: str
    parts: Parts
    headers: Mapping[str, str]
    date: float | None = None  # now, unless said
    copies: Sequence[str] = ()
    attached: Sequence[Attached] = ()

    @property
    def sender(self) -> str:
        """Return from whom all emails come."""
        return str(current_app.config["MAIL_DEFAULT_SENDER"])

    @property
    def message_id(self) -> str:
        return f"<{self.id}@{current_app.config['MAIL_DOMAIN']}>"

    def as_bytes(self) -> bytes:
        """Return the message as it travels, its bodies encoded: servers refuse lines of over 998 (ADR 0092)."""
        message: MIMEBase = _body(self.parts.text, "plain")
        if self.parts.html:
            message = MIMEMultipart("alternative", BODIES, [message, _body(self.parts.html, "html")])
        if self.attached:
            message = MIMEMultipart("mixed", DOCUMENTS, [message, *map(_document, self.attached)])
        message["Subject"] = sanitize_subject(self.subject)
        message["From"] = sanitize_address(self.sender)
        message["To"] = sanitize_address(self.reader)
        if self.copies:
            message["Cc"] = ", ".join(sanitize_addresses(self.copies))
        message["Date"] = formatdate(self.date, localtime=True)
        message["Message-ID"] = self.message_id
        for name, value in self.headers.items():
            message[name] = value
        return message.as_bytes(policy=AS_WRITTEN)


def _body(text: str, subtype: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode()).decode("ascii"))
    return part


def _document(attached: Attached) -> MIMEBase:
    part = MIMEBase(*attached.mimetype.split("/"))
    part.set_payload(attached.content)
    encode_base64(part)
    name = attached.name
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


def letter_of(mail: Claimed, parts: Parts, attached: Sequence[Attached] = (), *, copy_to: str = "") -> Letter:
    """Make the message of a delivery; its Message-ID, idempotency key and date are the same at each try.

    One that is sent again after a day says so, and bears the date of that: by the old one it would stand far below
    what its reader has read. No provider remembers its key by then.

    Raises:
        BadLetter: a header would break out of its line, or the address is none.
    """
    headers = {
        "Resend-Idempotency-Key": str(mail.id),
        "X-Correlation-ID": mail.correlation_id,
        "Auto-Submitted": "auto-generated",
    }
    check_headers(mail.subject, mail.to_address, copy_to, *headers.values(), *(each.name for each in attached))
    if "@" not in parseaddr(mail.to_address)[1]:
        raise BadLetter("The recipient has no email address.")
    event_at = time_of(mail.event_id)  # from which the text counts: "in 7 days", however late it is sent
    letter = Letter(
        mail.id,
        mail.subject,
        reader=on_its_way(mail.to_address),
        copies=[on_its_way(copy_to)] if copy_to else [],
        parts=_resent(parts, event_at) if mail.is_resent else parts,
        date=(mail.begun_at if mail.is_resent else event_at).timestamp(),
        headers=headers,
        attached=attached,
    )
    check_headers(letter.sender, letter.message_id)
    return letter


def _resent(parts: Parts, event_at: datetime) -> Parts:
    """Say above the text that it comes late."""
    said = RESENT.format(day=write_day(event_at.date()), time=f"{event_at:%H:%M}")
    return Parts(f"{said}\n\n{parts.text}", parts.html.replace("<body>", f'<body>\n<p class="small">{said}</p>', 1))


def on_its_way(address: str) -> str:
    """Return an address with its host in ASCII, before Flask-Mail writes it by the rules of 2003."""
    local, at, host = address.rpartition("@")
    return f"{local}{at}{ascii_host(host)}"


def check_headers(*values: str) -> None:
    """Refuse a value with a line end or NUL: it would start a header of somebody else's choice."""
    if any(_BREAKS.search(value) for value in values):
        raise BadLetter("A header of this email contains a line break.")
