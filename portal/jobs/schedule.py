"""The one list of what happens by itself. Each entry may run twice at once without harm."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from portal.domain.permissions import Actor
from portal.jobs import relay
from portal.mailers import auditors, digest, post
from portal.runtime import bells, correlation
from portal.services import proposals_in_bulk
from portal.services.billing import invoices, lifecycle, obligations
from portal.services.billing import verification as books
from portal.services.candidates import ownership
from portal.services.disputes import attachments, clocks
from portal.services.identity import sessions
from portal.services.log import chain, months, verification
from portal.services.machinery import periodic, rounds
from portal.services.messages import digests
from portal.services.placements import guarantees
from portal.services.reputation import reputation

log = logging.getLogger(__name__)


class Work(Protocol):
    """What an entry does, mostly a service; it is done as the portal itself."""

    def __call__(self, *, actor: Actor) -> object:
        """Do what is due."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Declare a periodic job.

    One that is `small` costs less to do than to queue, so that the ticker does it; one that is `long` has workers of
    its own, because others must not wait for it.
    """

    name: str
    every: timedelta
    work: Work
    small: bool = False
    long: bool = False

    def do(self) -> None:
        """Do it now, in this process."""
        self.work(actor=post.system())


def forget_expired(*, actor: Actor) -> None:
    """Delete sessions, links and keys that are long over, and the files of disputes that were closed years ago."""
    rounds.one_after_the_other(
        partial(forget, actor=actor) for forget in (sessions.forget_expired, attachments.erase_old)
    )


def fold_digests(*, actor: Actor) -> None:
    """Fold waiting emails into digests."""
    digests.fold_due(digest.write, actor=actor)


def expire_obligations(*, actor: Actor) -> None:
    """Refund where no replacement came in time."""
    # Days are given back first: what the company took away is no time that has passed.
    steps = (obligations.give_back_days, lifecycle.expire_obligations)
    rounds.one_after_the_other(partial(step, actor=actor) for step in steps)


SCHEDULE: tuple[Entry, ...] = (
    # For lost bells, and pauses and leases that are over.
    Entry("sweep", timedelta(seconds=5), lambda **_: relay.sweep(), small=True),
    Entry("seal_events", timedelta(seconds=5), chain.seal_pending),
    Entry("recalculate_scores", timedelta(seconds=5), reputation.recalculate_queued, long=True),
    Entry("expire_proposals", timedelta(minutes=1), proposals_in_bulk.expire_due),
    Entry("remind_deciders", timedelta(minutes=5), proposals_in_bulk.remind_due),
    Entry("fold_digests", timedelta(minutes=1), fold_digests, long=True),
    Entry("complete_placements", timedelta(minutes=5), guarantees.complete_due),
    Entry("warn_of_guarantees", timedelta(minutes=15), guarantees.give_notices),
    Entry("watch_disputes", timedelta(minutes=1), clocks.run),
    Entry("issue_invoices", timedelta(minutes=15), invoices.issue_due),
    Entry("remind_of_invoices", timedelta(hours=1), invoices.remind_due),
    Entry("release_payouts", timedelta(minutes=15), lifecycle.release_due),
    Entry("expire_obligations", timedelta(minutes=15), expire_obligations),
    Entry("warn_of_obligations", timedelta(hours=1), lifecycle.warn_of_obligations),
    Entry("warn_of_protections", timedelta(minutes=15), ownership.warn_expiring),
    Entry("age_scores", timedelta(hours=1), reputation.queue_ageing, long=True),
    Entry("snapshot_scores", timedelta(hours=1), reputation.snapshot_weekly, long=True),
    Entry("forget_expired", timedelta(hours=1), forget_expired, long=True),
    Entry("mail_checkpoints", timedelta(hours=1), auditors.send_checkpoints),
    Entry("add_months", timedelta(hours=1), months.add_ahead),
    Entry("verify_log", verification.HOURLY, verification.check_regularly, long=True),
    Entry("verify_ledger", timedelta(days=1), books.check_regularly, long=True),
)
BY_NAME = {entry.name: entry for entry in SCHEDULE}


def tick() -> int:
    """Start what is due and count it: queued for a worker, or done here when small or when nobody listens."""
    due = periodic.claim_due({entry.name: entry.every for entry in SCHEDULE}, actor=post.system())
    for name in due:
        correlation.begin()
        entry = BY_NAME[name]
        if entry.small or not bells.ring(bells.BULK if entry.long else bells.PERIODIC, name, once=name):
            run(name, correlation.current())
    return len(due)


def run(name: str, correlation_id: str) -> None:
    """Run one entry and keep how it ended."""
    correlation.begin(correlation_id)
    entry = BY_NAME[name]
    try:
        entry.do()
    except Exception as error:
        log.exception("periodic_job_failed", extra={"job": name})
        periodic.finish(name, actor=post.system(), error=f"{type(error).__name__}: {error}")
    else:
        periodic.finish(name, actor=post.system())
