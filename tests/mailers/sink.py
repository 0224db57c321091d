"""A mail server for tests: real SMTP on the loopback, with scripted answers, that remembers what it took.

Like a provider that honours the idempotency key, `kept` has each delivery once; `taken` has every acceptance.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.WARNING)
HANG, DROP, SLOW = "hang", "drop", "slow"


class Sink:
    """Answer each message with the next word of the script, then with 250."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.recipients: list[str] = []
        self.taken: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.connections = 0
        self.has_hung_up = threading.Event()
        self.port = 0

    @property
    def kept(self) -> dict[str, EmailMessage]:
        """Return what arrived, once per idempotency key."""
        return {str(m["Resend-Idempotency-Key"]): m for m in self.taken}

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse a recipient when the script has an answer for recipients."""
        answer = self.recipients.pop(0) if self.recipients else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or do what the script says."""
        answer = self.script.pop(0) if self.script else "250 OK"
        if answer == HANG:
            await asyncio.sleep(60)
        if answer == SLOW:
            await asyncio.sleep(0.2)
            answer = "250 OK"
        if answer == DROP:
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            asyncio.get_running_loop().call_later(0.1, self.has_hung_up.set)  # when that is done
            answer = "250 OK"
        if answer.startswith("250"):
            content: Any = envelope.content
            self.raw.append(content)
            self.taken.append(message_from_bytes(content, _class=EmailMessage, policy=policy.default))  # type: ignore[arg-type]
        return answer


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(port: int | None = None, **settings: Any) -> Iterator[Sink]:
    """Run a sink."""
    sink = Sink()
    sink.port = port or free_port()
    said = {"server_hostname": "localhost", **settings}  # unsaid, each connection would ask the network for a name
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, ready_timeout=20, **said)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop(no_assert=True)
