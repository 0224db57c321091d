"""The message of a delivery: text and HTML, and headers that nobody can break out of (reliability.md T7)."""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import EmailPolicy
from email.utils import formatdate, parseaddr

from flask import current_app
from flask_mail import Attachment, Message, sanitize_address, sanitize_addresses, sanitize_subject

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


class _AsWritten(EmailPolicy):
    """Headers as they were written, folded where they are too long; the library would read each again at each look."""

    def header_fetch_parse(self, _name: str, value: str) -> str:
        """Return the value as it was set."""
        return value


AS_WRITTEN = _AsWritten(linesep="\r\n")
# No encoded body has them: quoted-printable writes an equals sign as =3D, and base64 has no underscore.
BODIES, DOCUMENTS = "=_bodies", "=_documents"


class Letter(Message):
    """A message whose bodies travel encoded, whatever the length of their lines: servers refuse those of over 998."""

    def as_bytes(self) -> bytes:
        """Return the message as it travels: Flask-Mail's takes seven times as long (ADR 0092)."""
        message: MIMEBase = _body(self.body, "plain")
        if self.html:
            message = MIMEMultipart("alternative", BODIES, [message, _body(self.html, "html")])
        if self.attachments:
            message = MIMEMultipart("mixed", DOCUMENTS, [message, *map(_document, self.attachments)])
        message["Subject"] = sanitize_subject(self.subject)
        message["From"] = sanitize_address(self.sender)
        message["To"] = ", ".join(sanitize_addresses(self.recipients))
        if self.cc:
            message["Cc"] = ", ".join(sanitize_addresses(self.cc))
        message["Date"] = formatdate(self.date, localtime=True)
        message["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            message[name] = value
        return message.as_bytes(policy=AS_WRITTEN)


def _body(text: str | None, subtype: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp((text or "").encode()).decode("ascii"))
    return part


def _document(attached: Attachment) -> MIMEBase:
    part = MIMEBase(*attached.content_type.split("/"))
    part.set_payload(attached.data)
    encode_base64(part)
    name = str(attached.filename)
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


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
        recipients=[on_its_way(mail.to_address)],
        cc=[on_its_way(copy_to)] if copy_to else [],
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


def on_its_way(address: str) -> str:
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
