"""Erase a candidate's data on request (docs/operations/privacy.md); ids, figures and the event log stay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, or_, select, union_all, update

from portal import access
from portal.domain import disputes, erasure, placements, profiles, proposals
from portal.domain.errors import NotFound
from portal.domain.events import CandidateErased
from portal.domain.permissions import Actor, Permission
from portal.models import (
    Attachment,
    Candidate,
    CandidateOutreach,
    CandidateSourcer,
    Delivery,
    Dispute,
    DisputeAttachment,
    Interview,
    InterviewNote,
    MarketplaceEvent,
    Notice,
    Placement,
    Proposal,
    ProposalQuestion,
)
from portal.queries.candidates.records import records_of
from portal.services.candidates.contacts import CheckInput, read_keys
from portal.services.machinery import once
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

NOBODY = "No candidate has this email."


def erase(email: str, *, actor: Actor) -> uuid.UUID:
    """Erase the candidate with this address for good, under all records, end the claim, and return whose id it was.

    Raises:
        InvalidInput: this is no address.
        NotFound: nobody has it.
        CandidateNeeded: a proposal, interview, placement or dispute still depends on who it is.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    with unit_of_work(actor) as uow:
        found, rows = _locked(uow, email)
        for row in rows:
            _refuse_needed(uow, row.id)
        for row in rows:
            _erase(uow, row)
        return found


def _locked(uow: UnitOfWork, email: str) -> tuple[uuid.UUID, Sequence[Candidate]]:
    """Return whose address it is, and lock all records of the person.

    They are locked whole: a proposal or hire that is just being written is seen below, or finds nobody any more.
    """
    key = read_keys(CheckInput(email=email)).email
    there = (Candidate.email_key == key, Candidate.erased_at.is_(None))
    found = uow.session.scalar(select(Candidate.id).where(*there))
    if found is None:
        raise NotFound(NOBODY)
    records = select(Candidate).where(Candidate.id.in_(records_of(found)), Candidate.erased_at.is_(None))
    return found, uow.session.scalars(records.order_by(Candidate.id).with_for_update()).all()


def _erase(uow: UnitOfWork, row: Candidate) -> None:
    _empty(uow, row)
    uow.session.execute(delete(Attachment).where(Attachment.candidate_id == row.id))
    _empty_evidence(uow, row.id)
    _erase_words(uow, row.id)
    _erase_messages(uow, row.id)
    _forget_answers(uow, row.id)
    _end_claim(uow, row.id)
    uow.record(CandidateErased(candidate_id=row.id))


def _refuse_needed(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    open_ones: dict[str, tuple[Any, ColumnElement[bool]]] = {
        "proposals": (Proposal, Proposal.state.in_(proposals.OPEN)),
        "placements": (Placement, Placement.state.in_(placements.MACHINE.names(terminal=False))),
        "disputes": (Dispute, Dispute.state.in_(disputes.PENDING)),
    }
    counts = {
        name: select(func.count()).where(model.candidate_id == candidate_id, still)
        for name, (model, still) in open_ones.items()
    }
    coming = select(func.count()).join_from(Interview, Proposal, Proposal.id == Interview.proposal_id)
    counts["interviews"] = coming.where(
        Proposal.candidate_id == candidate_id, Interview.outcome.is_(None), Interview.starts_at > uow.now
    )
    needed = dict(zip(counts, uow.ask(*(count.scalar_subquery() for count in counts.values())), strict=False))
    if any(needed.values()):
        raise erasure.CandidateNeeded(needed)


def _empty(uow: UnitOfWork, row: Candidate) -> None:
    row.full_name, row.email = erasure.ERASED, erasure.address(row.id)
    row.email_key = row.email
    row.phone = row.phone_key = row.linkedin_url = row.linkedin_key = None
    row.location = row.title = row.employer = ""
    row.skills = []
    for name, empty in asdict(profiles.NOTHING_KNOWN).items():
        setattr(row, name, list(empty) if isinstance(empty, tuple) else empty)
    row.erased_at = row.updated_at = uow.now
    row.unsubscribed_at = row.unsubscribed_at or uow.now
    row.version += 1
    uow.session.flush()


def _empty_evidence(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Empty the files of disputes about the candidate; what was decided on keeps its digests."""
    about = DisputeAttachment.dispute_id.in_(select(Dispute.id).where(Dispute.candidate_id == candidate_id))
    still = DisputeAttachment.erased_at.is_(None)
    _write(uow, DisputeAttachment, and_(about, still), name="", content=None, erased_at=uow.now)


def _erase_words(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Empty what people wrote about the candidate where it may still be changed."""
    proposed = ProposalQuestion.proposal_id.in_(select(Proposal.id).where(Proposal.candidate_id == candidate_id))
    _write(uow, CandidateOutreach, CandidateOutreach.candidate_id == candidate_id, subject="", message_preview="")
    _write(uow, CandidateSourcer, CandidateSourcer.candidate_id == candidate_id, notes="")
    _write(uow, Proposal, Proposal.candidate_id == candidate_id, pitch="", notes="")
    _write(uow, ProposalQuestion, proposed, question="")
    _write(uow, ProposalQuestion, and_(proposed, ProposalQuestion.answered_at.is_not(None)), answer="")
    notes = ("completion_notes", "failure_notes", "replacement_notes")
    _write(uow, Placement, Placement.candidate_id == candidate_id, **dict.fromkeys(notes, ""))
    _erase_interviews(uow, of=select(Proposal.id).where(Proposal.candidate_id == candidate_id))


def _erase_interviews(uow: UnitOfWork, *, of: Select[uuid.UUID]) -> None:
    """Remove the feedback on interviews of some proposals, and with whom and where they were; stage and result stay."""
    held = select(Interview.id).where(Interview.proposal_id.in_(of))
    uow.session.execute(delete(InterviewNote).where(InterviewNote.interview_id.in_(held)))
    _write(uow, Interview, Interview.proposal_id.in_(of), with_whom="", place="")


def _erase_messages(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Empty the emails about the candidate, and the digests in which they were told."""
    told = Delivery.event_id.in_(_events_about(candidate_id))
    digests = select(Delivery.digest_id).where(told, Delivery.digest_id.is_not(None))
    words = dict.fromkeys(("subject", "body_text", "body_html"), erasure.ERASED_TEXT)
    _write(uow, Delivery, or_(told, Delivery.id.in_(digests)), **words)
    _write(uow, Notice, Notice.candidate_id == candidate_id, alias=erasure.ERASED)


def _events_about(candidate_id: uuid.UUID) -> Select[uuid.UUID]:
    """Select the events that name the candidate, or a proposal or placement of theirs."""
    of = {
        MarketplaceEvent.proposal_id: select(Proposal.id).where(Proposal.candidate_id == candidate_id),
        MarketplaceEvent.placement_id: select(Placement.id).where(Placement.candidate_id == candidate_id),
    }
    named = [MarketplaceEvent.candidate_id == candidate_id, *(column.in_(ids) for column, ids in of.items())]
    return select(MarketplaceEvent.id).where(or_(*named))


def _forget_answers(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Empty the answers that are kept for requests that are sent again, as far as they say who it was."""
    theirs = (select(model.id).where(model.candidate_id == candidate_id) for model in (Proposal, Placement, Dispute))
    once.forget_answers(uow.session, select(union_all(select(literal(candidate_id)), *theirs).subquery().c[0]))


def _end_claim(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    current = and_(CandidateSourcer.candidate_id == candidate_id, CandidateSourcer.is_current)
    _write(uow, CandidateSourcer, current, is_current=False, superseded_at=uow.now)
    uow.forget(f"protection:{candidate_id}")


def _write(uow: UnitOfWork, model: Any, which: ColumnElement[bool], **values: object) -> None:
    statement = update(model).where(which).values(values)
    uow.session.execute(statement.execution_options(synchronize_session=False))
