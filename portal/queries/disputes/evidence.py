"""The evidence of a dispute: what the log says about its subject, the same rows for both sides (disputes.md §2, §6).

Rows about third parties keep their place, time and seal; names, companies and contents are left out, and so are
contact data and the other people’s amounts. A platform admin who has no part in the case reads everything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Uuid, and_, any_, bindparam, exists, func, not_, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.deciding import Outlook
from portal.domain.disputes import PENDING, SubjectType
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission, Role
from portal.models import (
    Delivery,
    Dispute,
    DisputeParty,
    EventArchive,
    EventSeal,
    MarketplaceEvent,
    Membership,
    Organisation,
    Placement,
    Proposal,
    Recruiter,
    User,
)
from portal.queries.disputes import gathering, hindrances
from portal.queries.log.slices import PAID_OUT, TimelineEntry
from portal.queries.paging import Page, cut
from portal.queries.prepared import ask, prepared
from portal.wording.event_words import THE_COMPANY, Told, say, shown

ROWS = 100
ANOTHER_RECRUITER, ANOTHER_COMPANY, SOMEBODY = "Another recruiter", "Another company", "Someone else"
LEFT_OUT = (
    "Other people’s names, companies and messages",
    "Contact details",
    "Other people’s amounts",
)
# Whose money an entry tells of: the company's, which pays it, or the recruiter's, to whom it goes or who owes it.
_OF_COMPANY = ("invoice.", "payment.", "credit.", "credit_note.", "refund.", "placement.")
_OF_RECRUITER = ("payout.", "clawback.", "collaborator.")
NIL = uuid.UUID(int=0)
E, S = MarketplaceEvent, EventSeal
_of_recruiter = aliased(User)


@dataclass(frozen=True, slots=True)
class EvidenceRow(TimelineEntry):
    """One entry of the log as evidence, and who was emailed about it."""

    emailed: tuple[str, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A case as far as its evidence goes: what it is about, and which recruiters and companies are its parties."""

    id: uuid.UUID
    subject: SubjectType
    subject_id: uuid.UUID
    candidate_id: uuid.UUID
    claimed_on: uuid.UUID  # the record of the person that has the disputed claim, else the candidate
    proposal_id: uuid.UUID | None
    placement_id: uuid.UUID | None
    opened_at: datetime
    answer_due_at: datetime
    awaits_first_ruling: bool
    has_answers: bool  # of everybody who was asked for one
    is_own: bool  # the viewer is a party or works for one, whatever role they act in
    recruiters: frozenset[uuid.UUID]
    companies: frozenset[uuid.UUID]

    def is_decided_by(self, outlook: Outlook, now: datetime) -> bool:
        """Return whether a platform admin only has to confirm what follows from the rule."""
        heard = outlook.decides(answered=self.has_answers, answer_due_at=self.answer_due_at, now=now)
        return self.awaits_first_ruling and heard

    def is_whole_for(self, viewer: Actor) -> bool:
        """Return whether nothing of the evidence is left out for a viewer."""
        return viewer.has(Permission.EVENTS_VIEW) and not self.is_own


def matter(viewer: Actor, dispute_id: uuid.UUID) -> Matter:
    """Return what the evidence of a case is about."""
    row = existing(_matter(viewer, dispute=dispute_id).one_or_none())
    return matter_of(row)


@prepared
def _matter(viewer: Actor) -> Select[*tuple[Any, ...]]:
    columns = [getattr(Dispute, name) for name in _AS_THEY_ARE]
    query = select(Dispute.subject_type, *columns, *matter_columns(viewer))
    return query.where(Dispute.id == bindparam("dispute"), access.visible(Dispute, viewer))


_AS_THEY_ARE = ("id", "subject_id", "candidate_id", "proposal_id", "placement_id", "opened_at", "answer_due_at")


def matter_columns(viewer: Actor) -> tuple[ColumnElement[Any], ...]:
    """Return what a statement that selects cases adds, for `matter_of` to read."""
    parties = select(DisputeParty).where(DisputeParty.dispute_id == Dispute.id).correlate(Dispute)
    recruiters = parties.with_only_columns(func.array_agg(DisputeParty.recruiter_id)).scalar_subquery()
    companies = parties.with_only_columns(func.array_agg(DisputeParty.organisation_id)).scalar_subquery()
    silent = parties.where(DisputeParty.due_at.is_not(None), DisputeParty.answered_at.is_(None))
    awaits = and_(Dispute.state.in_(PENDING), Dispute.appealed_at.is_(None))
    return (
        awaits.label("awaits_first_ruling"),
        (~silent.exists()).label("has_answers"),
        hindrances.is_involved(viewer.user_id).label("is_own"),
        gathering.claimed_on().label("claimed_on"),
        recruiters.label("recruiters"),
        companies.label("companies"),
    )


def matter_of(row: Any) -> Matter:
    """Return what a case is about, from a row that has the columns of the case and `matter_columns`."""
    return Matter(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        subject=SubjectType(row.subject_type),
        awaits_first_ruling=row.awaits_first_ruling,
        has_answers=row.has_answers,
        is_own=row.is_own,
        claimed_on=row.claimed_on,
        recruiters=frozenset(row.recruiters) - {None},
        companies=frozenset(row.companies) - {None},
    )


def left_out(viewer: Actor, about: Matter) -> tuple[str, ...]:
    """Return what the viewer's evidence lacks."""
    return () if about.is_whole_for(viewer) else LEFT_OUT


def timeline(viewer: Actor, about: Matter, *, after: uuid.UUID | None = None, size: int = ROWS) -> Page[EvidenceRow]:
    """List the evidence, oldest first, above `after`; `newer` is where it goes on."""
    values = {"candidate": about.candidate_id, "proposal": about.proposal_id, "placement": about.placement_id}
    told = {
        **values,
        "claimed_on": about.claimed_on,
        "subject": str(about.subject_id),
        "after": after or NIL,
        "size": size + 1,
        "recruiters": list(about.recruiters),
        "companies": list(about.companies),
    }
    telling = _Telling(about, viewer, ZoneInfo(viewer.time_zone), about.is_whole_for(viewer))
    found = ask(_selected(about.subject), told).all()
    rows, more = cut([telling.row(row) for row in found], size)
    begins = found[0].begins if found and after is None else None
    return Page(rows, newer=rows[-1].id if more else None, begins=begins)


def entry(viewer: Actor, about: Matter, event_id: uuid.UUID) -> EvidenceRow:
    before = uuid.UUID(int=max(event_id.int - 1, 0))
    for row in timeline(viewer, about, after=before, size=1).rows:
        if row.id == event_id:
            return row
    raise NotFound


def whole(viewer: Actor, about: Matter) -> Iterator[EvidenceRow]:
    """Read all of the evidence, oldest first."""
    after: uuid.UUID | None = None
    while True:
        page = timeline(viewer, about, after=after, size=1_000)
        yield from page.rows
        if page.newer is None:
            return
        after = page.newer


# --- what is selected -----------------------------------------------------------------------------------------------


@lru_cache
def _selected(subject: SubjectType) -> Select[Any]:
    ids = union(*(_walk(condition) for condition in _about(subject))).subquery()
    mailed = (
        select(func.array_agg(User.name))
        .join(Delivery, Delivery.user_id == User.id)
        .where(Delivery.event_id == E.id, Delivery.state == "sent", _is_of_party(User.id))
        .correlate(E)
    )
    return (
        select(E.id, E.type, E.at, E.payload, E.actor_id, E.recruiter_id, E.organisation_id, S.number, S.hash)
        .add_columns(User.name.label("actor"), _of_recruiter.name.label("recruiter"))
        .add_columns(Proposal.company_id, Organisation.name.label("company"), Placement.time_zone.label("there"))
        .add_columns(mailed.scalar_subquery().label("emailed"), _is_named().label("is_named"))
        .add_columns(select(func.max(EventArchive.until)).scalar_subquery().label("begins"))
        .outerjoin(S, S.event_id == E.id)
        .outerjoin(User, User.id == E.actor_id)
        .outerjoin(Recruiter, Recruiter.id == E.recruiter_id)
        .outerjoin(_of_recruiter, _of_recruiter.id == Recruiter.user_id)
        .outerjoin(Proposal, Proposal.id == E.proposal_id)
        .outerjoin(Organisation, Organisation.id == Proposal.company_id)
        .outerjoin(Placement, Placement.id == E.placement_id)
        .where(E.id.in_(select(ids.c.id)))
        .order_by(E.id)
        .limit(bindparam("size"))
    )


def _is_named() -> ColumnElement[bool]:
    """Select whether who acted is named: the parties' people, the platform's and the system."""
    admin = exists().where(Membership.user_id == E.actor_id, Membership.role == Role.PLATFORM_ADMIN).correlate(E)
    return or_(_is_of_party(E.actor_id), User.is_system, admin)


_recruiters = bindparam("recruiters", type_=ARRAY(Uuid()))
_companies = bindparam("companies", type_=ARRAY(Uuid()))


def _is_of_party(user_id: Any) -> ColumnElement[bool]:
    party = aliased(Recruiter)
    recruiting = select(party.user_id).where(party.id == any_(_recruiters))
    of_company = select(Membership.user_id).where(Membership.organisation_id == any_(_companies))
    return or_(user_id.in_(recruiting), user_id.in_(of_company))


def _about(subject: SubjectType) -> tuple[ColumnElement[bool], ...]:
    """Return what the evidence is: of a placement its own entries and its proposal's, else those of the records."""
    if subject not in {SubjectType.CANDIDATE, SubjectType.PROPOSAL}:
        # What each recruiter is paid, a single rating, and a note of the platform are nobody else's to read.
        private = or_(PAID_OUT, E.type.in_(("feedback.given", "dispute.noted")))
        if subject is SubjectType.PAYOUT:  # what became of the payout itself is what the case is about
            private = and_(private, E.payload["payout_id"].astext.is_distinct_from(bindparam("subject")))
        return and_(E.placement_id == bindparam("placement"), not_(private)), E.proposal_id == bindparam("proposal")
    of_records = (E.candidate_id == bindparam(record) for record in ("candidate", "claimed_on"))
    return tuple(and_(of, E.placement_id.is_(None), E.type != "dispute.noted") for of in of_records)


def _walk(condition: ColumnElement[bool]) -> Select[Any]:
    page = select(E.id).where(condition, E.id > bindparam("after")).order_by(E.id).limit(bindparam("size"))
    return select(page.subquery().c.id)


# --- how a row is told ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Telling:
    """How rows are told to one viewer; who `reads_all` is told everything."""

    about: Matter
    viewer: Actor
    zone: ZoneInfo
    reads_all: bool

    def row(self, row: Any) -> EvidenceRow:
        """Word one entry."""
        words = shown(row.type)
        told = Told(
            row.payload,
            row.recruiter or "Deleted user",
            self.zone,
            row.company or THE_COMPANY,
            amounts=self.reads_all or self._is_own_money(row),
            there=row.there,
        )
        stranger = "" if self.reads_all else self._stranger(row)
        by = row.actor or "Deleted user" if self.reads_all else row.actor if row.is_named else stranger or SOMEBODY
        return EvidenceRow(
            id=row.id,
            icon=words.icon,
            title=words.title,
            at=row.at,
            text="" if stranger else say(row.type, told),
            by=by,
            tone=words.tone,
            emailed=tuple(sorted(row.emailed or ())),
            number=row.number,
            hash=row.hash.hex() if row.hash else "",
            path=f"/admin/events?event={row.id}" if self.reads_all else f"/disputes/{self.about.id}/log/{row.id}",
        )

    def _is_own_money(self, row: Any) -> bool:
        """Return whether the amount in an entry is the viewer's: of the company's documents, or of an own share."""
        if row.type.startswith(_OF_RECRUITER):
            return row.recruiter_id is not None and row.recruiter_id == self.viewer.recruiter_id
        company = self.viewer.organisation_id if self.viewer.organisation_id in self.about.companies else None
        return company is not None and row.type.startswith(_OF_COMPANY) and row.organisation_id == company

    def _stranger(self, row: Any) -> str:
        """Return what a third party that the entry is about is called, or nothing where it is about the parties."""
        concerned = {row.recruiter_id, _id(row.payload.get("owner_recruiter_id"))} - {None}
        if concerned and not concerned & self.about.recruiters:
            return ANOTHER_RECRUITER
        if row.payload.get("owner_recruiter_id") and not concerned <= self.about.recruiters:
            return ANOTHER_RECRUITER
        foreign = row.company_id is not None and row.company_id not in self.about.companies
        return ANOTHER_COMPANY if foreign else ""


def _id(text: object) -> uuid.UUID | None:
    return uuid.UUID(str(text)) if text else None
