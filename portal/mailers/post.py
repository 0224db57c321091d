"""The way of an email: events become deliveries (relay), deliveries are handed over (drain)."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from flask import current_app

from portal.domain.notifications import COPY_TRIES, SEND_DEADLINE_SECONDS
from portal.domain.permissions import Actor, system_actor
from portal.mailers import registry, smtp
from portal.mailers.deadline import deadline
from portal.mailers.failpoints import failpoint
from portal.mailers.letters import BadLetter, Letter, Parts, letter_of
from portal.mailers.mailbox import MailboxTransport
from portal.mailers.mailing import Attached
from portal.queries.admin import deliveries as reads
from portal.queries.identity import accounts
from portal.runtime import correlation
from portal.services import reactions
from portal.services.messages import deliveries, outbox
from portal.services.messages.deliveries import Claimed, Failure, Held, ServerAway

log = logging.getLogger(__name__)
BUDGET_SECONDS = 20.0


class Transport(Protocol):
    """Where emails are handed over."""

    def connect(self) -> None:
        """Get ready for an email."""

    def hand_over(self, message: Letter, *, waits: bool = False) -> bool:
        """Hand an email over; returning means that it was taken, True that its copies were, too.

        With `waits`, it is not handed over while a copy is refused for now.
        """

    def close(self) -> None:
        """End the connection."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did; `stopped` says that it left emails that were due."""

    sent: int
    failed: int
    stopped: bool


def system() -> Actor:
    """Return the actor of everything that happens by itself."""
    return system_actor(accounts.database_now())


def relay() -> int:
    """Turn all due events into deliveries and notices, and count the events."""
    total, more = 0, True
    while more:
        taken, more = relay_some()
        total += taken
    return total


def relay_some() -> tuple[int, bool]:
    """Turn some due events into deliveries and notices, and return how many, and whether more may be due."""
    taken = outbox.relay_batch(registry.compose, reactions.REACTIONS, actor=system())
    return taken, taken == outbox.BATCH


def never() -> bool:
    """Return False: nobody asks to stop."""
    return False


def drain(
    *, budget: float = BUDGET_SECONDS, patience: float = SEND_DEADLINE_SECONDS, stop: Callable[[], bool] = never
) -> Drained:
    """Hand over what is due, over one connection, until nothing is left, `budget` seconds are over or `stop` says so.

    Each email gets `patience` seconds. Where the server takes nothing, the drain ends, and asks again later.
    """
    until = time.monotonic() + budget

    def is_over() -> bool:
        return time.monotonic() >= until or stop()

    with closing(transport_of_settings()) as transport:
        return _Sender(system(), transport, patience, is_over).drain()


class CopyRefused(Failure):
    """The email was taken, and the address that gets a copy of it was not."""


@dataclass(slots=True)
class _Sender:
    """Work through what is due over one connection, and count."""

    actor: Actor
    transport: Transport
    patience: float
    is_over: Callable[[], bool]
    sent: int = 0
    failed: int = 0
    is_cut_off: bool = False

    def drain(self) -> Drained:
        """Hold some emails and send them, until none is due or there is no going on."""
        held = deque[Held]()
        while not (self.is_cut_off or self.is_over()):
            failpoint("before_claim")
            held = held or deliveries.hold_due(actor=self.actor)
            if not held:
                return Drained(self.sent, self.failed, stopped=False)
            self._send_in_turn(held)
        deliveries.release(held, actor=self.actor)
        return Drained(self.sent, self.failed, stopped=True)

    def _send_in_turn(self, held: deque[Held]) -> None:
        """Send what is held, each begun where the outcome of the one before it is written, before anything follows."""
        mail = deliveries.begin(held.popleft(), actor=self.actor)
        while mail is not None:
            failpoint("after_claim")
            failure = _hand_over(self.transport, mail, self.patience)
            copy_refused = isinstance(failure, CopyRefused)
            failure = None if copy_refused else failure
            self.sent, self.failed = self.sent + (failure is None), self.failed + (failure is not None)
            self.is_cut_off = isinstance(failure, ServerAway)
            then = None if self.is_cut_off or self.is_over() or not held else held.popleft()
            mail = deliveries.settle(mail, failure, actor=self.actor, copy_refused=copy_refused, then=then)
            failpoint("after_commit")


def transport_of_settings() -> Transport:
    """Return where emails go: to the mail server of the settings, or into the local mailbox."""
    return smtp.SmtpTransport() if current_app.config["MAIL_SERVER"] else MailboxTransport()


def _hand_over(transport: Transport, mail: Claimed, patience: float) -> Failure | None:
    """Hand one email over and return why that failed, or None."""
    correlation.begin(mail.correlation_id)
    is_connected = True
    try:
        message = letter_of(mail, _parts(mail), _attached(mail), copy_to=_copy_to(mail))
        with deadline(patience):
            is_connected = False
            transport.connect()
            is_connected = True
            failpoint("connected")
            is_copied = transport.hand_over(message, waits=mail.attempts < COPY_TRIES and not mail.is_resent)
        failpoint("after_250")
    except BadLetter as error:
        return Failure(str(error), permanent=True)
    except Exception as error:
        log.warning("mail_not_sent", extra={"delivery_id": str(mail.id), "template": mail.template}, exc_info=error)
        reason = smtp.reason_of(error)
        # Without a code: that would be about this email.
        return Failure(*reason) if is_connected and not smtp.is_of_server(error) else ServerAway(reason[0])
    return None if is_copied else CopyRefused("The address for copies was refused.")


def _attached(mail: Claimed) -> tuple[Attached, ...]:
    if mail.template not in registry.CARRYING:
        return ()
    return (registry.attached(mail.template, reads.event_of(mail.event_id), system()),)


def _copy_to(mail: Claimed) -> str:
    """Return the billing address that gets a copy of this email, or nothing."""
    address = reads.billing_address_for(mail.id) if mail.template in registry.TO_BILLING else ""
    return "" if address.casefold() == mail.to_address.casefold() else address


def _parts(mail: Claimed) -> Parts:
    """Return the bodies: kept ones, or those of a secret mail, which exist only now."""
    if not mail.is_secret:
        return Parts(mail.body_text, mail.body_html)
    return Parts(*registry.secret_parts(mail.template, reads.event_of(mail.event_id)))
