"""The one list of what happens by itself. Each entry may run twice at once without harm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from portal.jobs import relay
from portal.mailers import auditors, digest, post
from portal.runtime import bells, correlation
from portal.services import proposals_in_bulk
from portal.services.billing import invoices, lifecycle, obligations
from portal.services.candidates import ownership
from portal.services.disputes import attachments, clocks
from portal.services.identity import accounts
from portal.services.log import chain, months, verification
from portal.services.machinery import periodic
from portal.services.messages import digests
from portal.services.placements import guarantees
from portal.services.reputation import reputation

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Declare a periodic job.

    One that is `small` costs less to do than to queue, so that the ticker does it; one that is `long` has workers of
    its own, because others must not wait for it.
    """

    name: str
    every: timedelta
    work: Callable[[], object]
    small: bool = False
    long: bool = False


def expire_proposals() -> None:
    """Time out the proposals that nobody decided."""
    proposals_in_bulk.expire_due(actor=post.system())


def remind_deciders() -> None:
    """Remind companies of proposals with 24 hours left."""
    proposals_in_bulk.remind_due(actor=post.system())


def warn_of_guarantees() -> None:
    """Announce guarantees that end soon."""
    guarantees.give_notices(actor=post.system())


def complete_placements() -> None:
    """Complete the placements whose guarantee is over, where that is automatic."""
    guarantees.complete_due(actor=post.system())


def warn_of_protections() -> None:
    """Warn recruiters whose protection of a candidate ends soon."""
    ownership.warn_expiring(actor=post.system())


def forget_expired() -> None:
    """Delete sessions, links and keys that are long over, and the files of disputes that were closed years ago."""
    accounts.forget_expired(actor=post.system())
    attachments.erase_old(actor=post.system())


def fold_digests() -> None:
    """Fold waiting emails into digests."""
    digests.fold_due(digest.write, actor=post.system())


def seal_events() -> None:
    """Link new events into the chain of the log."""
    chain.seal_pending(actor=post.system())


def mail_checkpoints() -> None:
    """Send auditors the newest checkpoint of the event log."""
    auditors.send_checkpoints()


def add_months() -> None:
    """Make the partitions of the log for the months to come."""
    months.add_ahead(actor=post.system())


def verify_log() -> None:
    """Check what is new in the event log, and a part of what is old."""
    verification.check_regularly(actor=post.system())


def recalculate_scores() -> None:
    """Recalculate the recruiters whose inputs changed."""
    reputation.recalculate_queued(actor=post.system())


def age_scores() -> None:
    """Lower the scores of recruiters who leave requests open."""
    reputation.queue_ageing(actor=post.system())


def snapshot_scores() -> None:
    """Keep each score once a week."""
    reputation.snapshot_weekly(actor=post.system())


def watch_disputes() -> None:
    """Do what the clocks of disputes ask for."""
    clocks.run(actor=post.system())


def issue_invoices() -> None:
    """Issue the invoices of placements whose start date has come."""
    invoices.issue_due(actor=post.system())


def remind_of_invoices() -> None:
    """Remind companies of invoices that are due soon or overdue."""
    invoices.remind_due(actor=post.system())


def release_payouts() -> None:
    """Make payouts due whose day has come."""
    lifecycle.release_due(actor=post.system())


def expire_obligations() -> None:
    """Refund where no replacement came in time."""
    obligations.give_back_days(actor=post.system())  # first: what the company took away is no time that has passed
    lifecycle.expire_obligations(actor=post.system())


def warn_of_obligations() -> None:
    """Warn recruiters who owe a replacement soon."""
    lifecycle.warn_of_obligations(actor=post.system())


SCHEDULE: tuple[Entry, ...] = (
    Entry("sweep", timedelta(seconds=5), relay.sweep, small=True),  # lost bells, pauses and leases that are over
    Entry("seal_events", timedelta(seconds=5), seal_events),
    Entry("recalculate_scores", timedelta(seconds=5), recalculate_scores, long=True),
    Entry("expire_proposals", timedelta(minutes=1), expire_proposals),
    Entry("remind_deciders", timedelta(minutes=5), remind_deciders),
    Entry("fold_digests", timedelta(minutes=1), fold_digests, long=True),
    Entry("complete_placements", timedelta(minutes=5), complete_placements),
    Entry("warn_of_guarantees", timedelta(minutes=15), warn_of_guarantees),
    Entry("watch_disputes", timedelta(minutes=1), watch_disputes),
    Entry("issue_invoices", timedelta(minutes=15), issue_invoices),
    Entry("remind_of_invoices", timedelta(hours=1), remind_of_invoices),
    Entry("release_payouts", timedelta(minutes=15), release_payouts),
    Entry("expire_obligations", timedelta(minutes=15), expire_obligations),
    Entry("warn_of_obligations", timedelta(hours=1), warn_of_obligations),
    Entry("warn_of_protections", timedelta(minutes=15), warn_of_protections),
    Entry("age_scores", timedelta(hours=1), age_scores, long=True),
    Entry("snapshot_scores", timedelta(hours=1), snapshot_scores, long=True),
    Entry("forget_expired", timedelta(hours=1), forget_expired, long=True),
    Entry("mail_checkpoints", timedelta(hours=1), mail_checkpoints),
    Entry("add_months", timedelta(hours=1), add_months),
    Entry("verify_log", verification.HOURLY, verify_log, long=True),
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
        entry.work()
    except Exception as error:
        log.exception("periodic_job_failed", extra={"job": name})
        periodic.finish(name, actor=post.system(), error=f"{type(error).__name__}: {error}")
    else:
        periodic.finish(name, actor=post.system())
