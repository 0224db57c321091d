"""The local mailbox: without a mail server, mail goes into a Maildir in the data directory (development).

Like a provider that honours the idempotency key, it keeps one copy of a delivery, however often that is handed over.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import current_app

from portal.mailers.letters import Letter

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """An email of the mailbox as it is shown."""

    id: uuid.UUID
    to: str
    subject: str
    at: datetime
    text: str
    html: str


class MailboxTransport:
    """Put emails into the local mailbox."""

    def connect(self) -> None:
        """Create the directories of a Maildir."""
        for part in ("tmp", "new", "cur"):
            (folder() / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    def hand_over(self, message: Letter, *, waits: bool = False) -> bool:  # noqa: ARG002 - refuses no copy
        """Keep a message under the id of its delivery: whole or not at all, and only once."""
        name = str(message.id)
        unfinished = folder() / "tmp" / f"{name}.{uuid.uuid4().hex}"
        unfinished.write_bytes(message.as_bytes())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, folder() / "new" / name)
        unfinished.unlink()
        return True

    def close(self) -> None:
        """Leave nothing open."""


def folder() -> Path:
    return Path(current_app.config["PORTAL_DATA_DIR"]) / "mailbox"


def newest() -> list[Kept]:
    """List the newest mails, at most 200, the last handed over first: what was tried again came later than its name."""
    files = sorted((folder() / "new").glob("*-*-*"), key=_handed_over, reverse=True)[:SHOWN]
    return [_read(file) for file in files]


def _handed_over(file: Path) -> tuple[int, str]:
    return file.stat().st_mtime_ns, file.name


def find(delivery_id: uuid.UUID) -> Kept | None:
    file = folder() / "new" / str(delivery_id)
    return _read(file) if file.exists() else None


def source(delivery_id: uuid.UUID) -> bytes | None:
    """Return an email as it would travel, or None."""
    file = folder() / "new" / str(delivery_id)
    return file.read_bytes() if file.exists() else None


def _read(file: Path) -> Kept:
    message = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)
    return Kept(
        uuid.UUID(file.name),
        str(message["To"]),
        str(message["Subject"]),
        parsedate_to_datetime(str(message["Date"])),
        _body(message, "plain"),
        _body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
