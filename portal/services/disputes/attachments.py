"""Files of cases: attached by parties, downloaded, asked for by the platform, erased in the end (disputes.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import Select, func, select, update

from portal import access
from portal.domain import attachments as files
from portal.domain import disputes as rules
from portal.domain import events
from portal.domain.attachments import OF_CASES, Document
from portal.domain.disputes import DisputeState
from portal.domain.errors import Conflict
from portal.domain.permissions import Actor, Permission
from portal.models import Dispute, DisputeAttachment, DisputeParty
from portal.queries.disputes import attachments as queries
from portal.runtime import scanning
from portal.services.disputes import cases, parties
from portal.services.disputes.parties import About
from portal.services.machinery import rounds
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

AT_ONCE = 20  # cases whose files are erased in one transaction
ATTACHED_BEFORE = Conflict("This file is already attached to the dispute.", code="ATTACHED_BEFORE")
NOT_ASKED = Conflict(
    "The dispute is under review; files can be attached again when the platform asks for them.", code="NOT_ASKED"
)


def attach(dispute_id: uuid.UUID, *, actor: Actor, name: str, content: bytes) -> uuid.UUID:
    """Attach a file to a case of the actor's, and return its id.

    Raises:
        InvalidInput: the file is of no type that is taken, or the virus scanner reported it.
        WrongState: it is decided or withdrawn.
        Conflict: it is attached already, there are as many as there may be, or nobody asked for more.
        Unavailable: the virus scanner did not answer.
    """
    access.require(actor, Permission.DISPUTE_OPEN)
    queries.of_case(dispute_id, viewer=actor)  # a stranger's file is not even scanned
    document = files.read(name, content, OF_CASES)
    scanned = scanning.check(content)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)
        cases.require_pending(dispute, "changed", "attach a file")
        party = parties.own(uow, rows)
        row = _row(uow, dispute, party, document, uow.now if scanned else None)
        with uow.refusing({"uq_dispute_attachments_sha256": ATTACHED_BEFORE}):
            uow.add(row)
        uow.record(_attached(row, parties.about(dispute, rows)))
        return row.id


def _attached(row: DisputeAttachment, about: About) -> events.DisputeAttached:
    return events.DisputeAttached(
        **about,
        attachment_id=row.id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        scanned=row.scanned_at is not None,
    )


def _row(
    uow: UnitOfWork, dispute: Dispute, party: DisputeParty, document: Document, scanned_at: datetime | None
) -> DisputeAttachment:
    return DisputeAttachment(
        dispute_id=dispute.id,
        party_id=party.id,
        place=_place(uow, dispute, party),
        **document.as_kept(),
        attached_by=uow.actor.user_id,
        attached_at=uow.now,
        scanned_at=scanned_at,
    )


def _place(uow: UnitOfWork, dispute: Dispute, party: DisputeParty) -> int:
    """Return the next place among the files of a party; the lock on the case keeps others from it.

    Raises:
        Conflict: there is none, or the case is under review and nobody asked for more.
    """
    if dispute.state == DisputeState.UNDER_REVIEW and dispute.files_asked_at is None:
        raise NOT_ASKED
    most = rules.MOST_FILES if dispute.files_asked_at is None else rules.MOST_FILES_ASKED
    last = select(func.coalesce(func.max(DisputeAttachment.place), 0)).where(DisputeAttachment.party_id == party.id)
    place = uow.session.scalars(last).one() + 1
    if place > most:
        raise Conflict(f"Each party can attach at most {most} files.", code="TOO_MANY_ATTACHMENTS")
    return place


def ask(dispute_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Ask the parties for documents while a case is under review.

    Raises:
        NotPermitted: the actor is no platform admin, or involved in the case.
        WrongState: it is decided or withdrawn.
        Conflict: they were asked already, or can attach files anyway.
    """
    access.require(actor, Permission.DISPUTE_RULE)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load_for_platform(uow, dispute_id)
        cases.require_pending(dispute, "changed", "ask for files")
        if dispute.state == DisputeState.OPEN or dispute.files_asked_at is not None:
            raise Conflict("The parties can already attach files.", code="FILES_ASKED")
        dispute.files_asked_at = uow.now
        uow.session.flush()
        uow.record(events.DisputeFilesAsked(**parties.about(dispute, rows)))
    return dispute_id


def download(dispute_id: uuid.UUID, attachment_id: uuid.UUID, *, actor: Actor) -> files.Document:
    """Return a file with its content, and record that it was handed out."""
    found = queries.content(dispute_id, attachment_id, viewer=actor)
    with unit_of_work(actor) as uow:
        dispute = uow.load(Dispute, dispute_id, Permission.DISPUTE_VIEW, lock=False)
        about = parties.about(dispute, parties.of(uow, dispute_id))
        uow.record(events.DisputeAttachmentDownloaded(**about, attachment_id=attachment_id))
    return found


def erase_old(*, actor: Actor) -> int:
    """Erase the files of cases that were closed for good years ago, and count the cases; digests stay."""
    return sum(map(len, rounds.in_chunks(_erase_some, _due, size=AT_ONCE, actor=actor)))


def _old(uow: UnitOfWork) -> Select[uuid.UUID]:
    years = func.make_interval(current_app.config["EVIDENCE_YEARS"])
    kept = select(DisputeAttachment.id).where(
        DisputeAttachment.dispute_id == Dispute.id, DisputeAttachment.erased_at.is_(None)
    )
    return select(Dispute.id).where(Dispute.settled_at <= uow.now - years, kept.exists()).order_by(Dispute.id)


def _due(uow: UnitOfWork) -> Sequence[uuid.UUID]:
    return uow.session.scalars(_old(uow)).all()


def _erase_some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> Sequence[uuid.UUID]:
    due = _old(uow) if ids is None else _old(uow).where(Dispute.id.in_(ids))
    some = uow.session.scalars(due.limit(AT_ONCE).with_for_update(of=Dispute, skip_locked=True)).all()
    for dispute_id in some:
        of = (DisputeAttachment.dispute_id == dispute_id, DisputeAttachment.erased_at.is_(None))
        emptied = update(DisputeAttachment).where(*of).values(name="", content=None, erased_at=uow.now)
        count = len(uow.session.scalars(emptied.returning(DisputeAttachment.id)).all())
        dispute = uow.session.get_one(Dispute, dispute_id)
        uow.record(events.DisputeAttachmentsErased(**parties.about(dispute, parties.of(uow, dispute_id)), count=count))
    return some
