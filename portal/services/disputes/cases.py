"""Cases: opened, answered, withdrawn (disputes.md §1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from portal import access
from portal.domain import disputes as rules
from portal.domain import events, texts
from portal.domain.business_days import deadline
from portal.domain.disputes import DisputeAction, DisputeState, Side, StatementKind, SubjectType
from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.domain.permissions import Actor, Permission
from portal.models import Dispute, DisputeNote, DisputeParty, DisputeStatement, Recruiter
from portal.queries.disputes import hindrances
from portal.services.disputes import freezing, openings, parties
from portal.services.disputes.openings import Opening
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

OWN = "You’re a party to this conflict, so another admin has to open a dispute about it."
TWICE = {
    "uq_disputes_pending": Conflict("A dispute about this is already open.", code="DISPUTE_OPEN"),
    "uq_disputes_decided": Conflict(
        "This was already decided for the same reason; you can only appeal.", code="DISPUTE_DECIDED"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInput:
    subject: str
    subject_id: uuid.UUID
    reason: str
    statement: str
    asks: str


def open_case(*, actor: Actor, input: CaseInput) -> uuid.UUID:
    """Open a case, freeze what its ruling could move, ask the other side for its statement, and return its id.

    Raises:
        InvalidInput: a text or the reason is not acceptable.
        NotFound: the subject is not the actor's to fight over.
        Conflict: one is open or was decided, its time is over, or nobody is on the other side.
    """
    access.require(actor, Permission.DISPUTE_OPEN)
    subject = openings.read_subject(input.subject)
    if input.reason not in rules.SUBJECTS[subject].reasons:
        raise InvalidInput.field("reason", "Choose the reason that fits best.")
    said = clean_statement(input.statement)
    asks = texts.clean("asks", input.asks, most=rules.MOST_ASKS, least=1, multiline=True)
    with unit_of_work(actor) as uow:
        opening = openings.find(uow, subject, input.subject_id)
        rows = _begin(uow, opening, replace(input, statement=said, asks=asks))
        _state(uow, rows[0], StatementKind.OPENING, said)
        return rows[0].dispute_id


def refer(conflict_id: uuid.UUID, *, actor: Actor, statement: str) -> uuid.UUID:
    """Open a case for the parties of a refused claim, ask both of them for a statement, and return its id.

    Raises:
        InvalidInput: the statement is too short or too long.
        NotPermitted: the actor is no platform admin, or one of the parties.
        NotFound: no claim was refused so.
        Conflict: a case is open or was decided, the claim that stood ended, or the time for it is over.
    """
    access.require(actor, Permission.DISPUTE_RULE)
    said = clean_statement(statement)
    with unit_of_work(actor) as uow:
        opening = _referred(uow, conflict_id)
        typed = CaseInput(
            subject=SubjectType.CANDIDATE,
            subject_id=opening.candidate_id,
            reason=rules.REFERRED,
            statement=said,
            asks=rules.REFERRED_ASKS,
        )
        return _begin(uow, opening, typed)[0].dispute_id


def check_referral(conflict_id: uuid.UUID, *, actor: Actor) -> None:
    """Refuse a case that the platform could not open, as `refer` does, before anything is typed."""
    access.require(actor, Permission.DISPUTE_RULE)
    with unit_of_work(actor) as uow:
        opening = _referred(uow, conflict_id)
        _refuse_pending(uow, opening, SubjectType.CANDIDATE, opening.candidate_id)


def _referred(uow: UnitOfWork, conflict_id: uuid.UUID) -> Opening:
    opening = openings.refused_claim(uow, conflict_id)
    uow.refuse_own(Recruiter.id.in_([party.recruiter_id for party in opening.parties]), OWN)
    return opening


def _begin(uow: UnitOfWork, opening: Opening, input: CaseInput) -> list[DisputeParty]:
    """Write a case with its parties, whom it asks, and freeze what it could move; return the parties."""
    _refuse_pending(uow, opening, input.subject, input.subject_id)
    dispute = _row(uow, opening, input)
    rows = _party_rows(uow, dispute, opening)
    dispute.answer_due_at = max(row.due_at for row in rows if row.due_at is not None)
    with uow.refusing(TWICE):
        transitions.begin(uow, dispute, DisputeAction.OPEN)
    uow.session.add_all(rows)
    uow.session.flush()
    freezing.freeze(uow, dispute.id, opening.frozen)
    due_at = dispute.answer_due_at
    uow.record(events.DisputeOpened(**parties.about(dispute, rows), reason=dispute.reason, due_at=due_at))
    return rows


def check(*, actor: Actor, subject: str, subject_id: uuid.UUID) -> None:
    """Refuse a case that could not be opened, before anything is typed.

    Raises:
        NotFound: the subject is not the actor's to fight over.
        Conflict: a case is open already, whose id the details name; its time is over, or nobody is on the other side.
    """
    access.require(actor, Permission.DISPUTE_OPEN)
    with unit_of_work(actor) as uow:
        kind = openings.read_subject(subject)
        _refuse_pending(uow, openings.find(uow, kind, subject_id), kind, subject_id)


def _refuse_pending(uow: UnitOfWork, opening: Opening, subject: str, subject_id: uuid.UUID) -> None:
    of = (Dispute.subject_type == subject, Dispute.subject_id == subject_id, Dispute.pair == _pair(opening))
    pending = uow.session.scalar(select(Dispute.id).where(*of, Dispute.state.in_(rules.PENDING)))
    if pending is not None:
        open_ = TWICE["uq_disputes_pending"]
        raise Conflict(open_.message, code=open_.code, details={"dispute_id": str(pending)})


def clean_statement(said: str) -> str:
    """Return a statement as it is kept."""
    least, most = rules.LEAST_STATEMENT, rules.MOST_STATEMENT
    return texts.clean("statement", said, least=least, most=most, multiline=True)


def _row(uow: UnitOfWork, opening: Opening, input: CaseInput) -> Dispute:
    return Dispute(
        id=uow.new_id(),
        subject_type=input.subject,
        subject_id=input.subject_id,
        candidate_id=opening.candidate_id,
        proposal_id=opening.proposal_id,
        placement_id=opening.placement_id,
        company_id=opening.company_id,
        pair=_pair(opening),
        reason=input.reason,
        statement=input.statement,
        asks=input.asks,
        opened_by=uow.actor.user_id,
        opened_at=uow.now,
        version=1,
    )


def _pair(opening: Opening) -> str:
    return " ".join(sorted(party.key for party in opening.parties))


def _party_rows(uow: UnitOfWork, dispute: Dispute, opening: Opening) -> list[DisputeParty]:
    """Return the parties, the claimant first, each with the end of its time by its own calendar."""

    def row(party: parties.Party, side: Side, due_at: datetime | None) -> DisputeParty:
        who = {"recruiter_id": party.recruiter_id, "organisation_id": party.organisation_id}
        return DisputeParty(id=uow.new_id(), dispute_id=dispute.id, side=side, asked_at=uow.now, due_at=due_at, **who)

    claimant = [row(opening.claimant, Side.CLAIMANT, None)] if opening.claimant else []
    for each in claimant:
        each.answered_at = uow.now
    due = [deadline(uow.now, rules.ANSWER_DAYS, parties.zone_of(uow, party)) for party in opening.respondents]
    asked = zip(opening.respondents, due, strict=True)
    return [*claimant, *(row(party, Side.RESPONDENT, due_at) for party, due_at in asked)]


def _state(uow: UnitOfWork, party: DisputeParty, kind: StatementKind, said: str) -> uuid.UUID:
    row = uow.add(DisputeStatement(dispute_id=party.dispute_id, party_id=party.id, kind=kind, said=said))
    uow.session.flush()
    return row.id


def answer(dispute_id: uuid.UUID, *, actor: Actor, statement: str) -> uuid.UUID:
    """Make a statement; with the last one that was asked for, the case comes under review.

    Raises:
        InvalidInput: it is too short or too long.
        WrongState: it is decided or withdrawn.
    """
    said = clean_statement(statement)
    with unit_of_work(actor) as uow:
        dispute, rows = load(uow, dispute_id)
        require_pending(dispute, "answered", "answer")
        party = parties.own(uow, rows)
        is_first = party.answered_at is None
        statement_id = _state(uow, party, StatementKind.ANSWER if is_first else StatementKind.REPLY, said)
        party.answered_at = party.answered_at or uow.now
        about = parties.about(dispute, rows)
        uow.record(events.DisputeAnswered(**about, statement_id=statement_id, is_first=is_first))
        if dispute.state == DisputeState.OPEN and all(row.answered_at for row in rows):
            start_review(uow.as_system(), dispute, rows)
    return dispute_id


def appeal_statement(uow: UnitOfWork, party: DisputeParty, said: str) -> None:
    """Keep what a party says against a ruling."""
    _state(uow, party, StatementKind.APPEAL, said)


def start_review(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    """Take a case under review, and set the clock of its ruling."""
    due_at = deadline(uow.now, rules.RULING_DAYS, parties.platform_zone(uow))
    event = events.DisputeReviewStarted(**parties.about(dispute, rows), due_at=due_at)
    values = {"review_started_at": uow.now, "ruling_due_at": due_at}
    transitions.apply(uow, dispute, DisputeAction.REVIEW, event=event, values=values)


def withdraw(dispute_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Withdraw a case, which releases what it froze; under review all others have to agree, by the same step.

    Raises:
        WrongState: it is decided or withdrawn.
        Conflict: there is a ruling, nobody asked the actor, or the actor asked or agreed already.
    """
    with unit_of_work(actor) as uow:
        dispute, rows = load(uow, dispute_id)
        require_pending(dispute, "withdrawn", DisputeAction.WITHDRAW)
        if dispute.appealed_at is not None:
            raise Conflict("There’s already a ruling; a second one decides the appeal.", code="RULED")
        party = None if _is_of_platform(uow, rows) else parties.own(uow, rows)
        if party is None:
            refuse_involved(uow, dispute)
        if party is None or party.side == Side.CLAIMANT:
            _withdraw_own(uow, dispute, rows)
        else:
            _agree_to_withdraw(uow, dispute, rows, party)
    return dispute_id


def _is_of_platform(uow: UnitOfWork, rows: Sequence[DisputeParty]) -> bool:
    """Return whether the platform opened a case, for which the actor speaks."""
    return uow.actor.has(Permission.DISPUTE_RULE) and all(row.side != Side.CLAIMANT for row in rows)


def _withdraw_own(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    """Withdraw a case, or ask the others to agree once it is under review."""
    if dispute.state == DisputeState.OPEN:
        _end(uow, dispute, rows)
        return
    if dispute.withdrawal_asked_at is not None:
        raise Conflict("You’ve already asked; the other side has to agree.", code="WITHDRAWAL_ASKED")
    dispute.withdrawal_asked_at = uow.now
    uow.session.flush()
    uow.record(events.DisputeWithdrawalAsked(**parties.about(dispute, rows)))


def _agree_to_withdraw(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty], party: DisputeParty) -> None:
    """Note that a party agrees; with the last one the case ends."""
    if dispute.withdrawal_asked_at is None:
        raise Conflict("Only the party that opened a dispute can ask to withdraw it.", code="NOT_THE_CLAIMANT")
    if party.withdrawal_agreed_at is not None:
        raise Conflict("You’ve already agreed; the others still have to.", code="WITHDRAWAL_AGREED")
    party.withdrawal_agreed_at = uow.now
    uow.session.flush()
    missing = sum(row.side == Side.RESPONDENT and row.withdrawal_agreed_at is None for row in rows)
    if missing:
        uow.record(events.DisputeWithdrawalAgreed(**parties.about(dispute, rows), missing=missing))
    else:
        _end(uow, dispute, rows)


def _end(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    values = {"closed_at": uow.now, "settled_at": uow.now}
    event = events.DisputeWithdrawn(**parties.about(dispute, rows))
    transitions.apply(uow, dispute, DisputeAction.WITHDRAW, event=event, values=values)
    freezing.release(uow, dispute.id)


def note(dispute_id: uuid.UUID, *, actor: Actor, text: str) -> uuid.UUID:
    """Note something about a case that platform admins alone read.

    Raises:
        NotPermitted: the actor is no platform admin, or involved in the case.
        InvalidInput: it is empty or too long.
    """
    access.require(actor, Permission.DISPUTE_RULE)
    said = texts.clean("note", text, least=1, most=rules.MOST_STATEMENT, multiline=True)
    with unit_of_work(actor) as uow:
        dispute, rows = load_for_platform(uow, dispute_id)
        uow.add(DisputeNote(dispute_id=dispute_id, said=said))
        uow.record(events.DisputeNoted(**parties.about(dispute, rows)))
    return dispute_id


# --- loading -------------------------------------------------------------------------------------------------------


def load(uow: UnitOfWork, dispute_id: uuid.UUID) -> tuple[Dispute, Sequence[DisputeParty]]:
    """Load and lock a case that the actor takes part in or decides, with its parties."""
    dispute = uow.load(Dispute, dispute_id, Permission.DISPUTE_VIEW)
    return dispute, parties.of(uow, dispute.id)


def load_for_platform(uow: UnitOfWork, dispute_id: uuid.UUID) -> tuple[Dispute, Sequence[DisputeParty]]:
    """Load and lock a case for an actor who speaks for the platform.

    Raises:
        NotFound: see `load`.
        NotPermitted: the actor is a party, or works for one.
    """
    dispute, rows = load(uow, dispute_id)
    refuse_involved(uow, dispute)
    return dispute, rows


def refuse_involved(uow: UnitOfWork, dispute: Dispute) -> None:
    """Refuse an actor who would act for the platform in a case of their own."""
    query = select(*hindrances.columns(uow.actor.user_id)).where(Dispute.id == dispute.id)
    found = hindrances.involvement(uow.session.execute(query).one())
    if found is not None:
        raise NotPermitted(found.sentence, code=found.code)


def require_pending(dispute: Dispute, done: str, action: str) -> None:
    """Refuse what a case allows only until it is decided."""
    if dispute.state not in rules.PENDING:
        raise rules.MACHINE.refusal(dispute.state, done, action)
