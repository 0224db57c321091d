"""Cases as a list and as a page: for their parties, and for the desk that decides them (disputes.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, literal, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import disputes as rules
from portal.domain.disclosure import tag
from portal.domain.disputes import DisputeAction, DisputeState, Effect, Side, SubjectType
from portal.domain.errors import existing
from portal.domain.money import to_major
from portal.domain.permissions import Actor, Permission
from portal.extensions import reading
from portal.models import Candidate, Dispute, DisputeNote, User
from portal.queries import gathered
from portal.queries.candidates.identities import KNOWN_AS
from portal.queries.disputes import attachments, evidence, gathering, hindrances
from portal.queries.disputes.attachments import EvidenceFile
from portal.queries.disputes.evidence import Matter
from portal.queries.disputes.redaction import reader
from portal.queries.filters import Choice as Picked
from portal.queries.filters import Days
from portal.queries.list_parts import NEWEST, SOONEST, Cell, Column, Sort
from portal.queries.lists import Listing
from portal.queries.prepared import prepared
from portal.wording.amounts import money

D = Dispute
THE_PLATFORM = "The platform"
SUBJECT_LABELS = {str(kind): subject.label for kind, subject in rules.SUBJECTS.items()}
STATE_LABELS = rules.MACHINE.labels
_PAGES = {  # where a subject is shown, and what that page is called
    SubjectType.CANDIDATE: ("/candidates/{subject_id}", "candidate"),
    SubjectType.PROPOSAL: ("/proposals/{subject_id}", "proposal"),
    SubjectType.PLACEMENT: ("/placements/{subject_id}", "placement"),
    SubjectType.GUARANTEE: ("/placements/{subject_id}", "placement"),
    SubjectType.PAYOUT: ("/placements/{placement_id}/money", "placement money"),
    SubjectType.INVOICE: ("/placements/{placement_id}/money", "placement money"),
}


def _subject_path(row: Any) -> str:
    """Return where the viewer of a case finds what it is about; nowhere when the candidate is not known there."""
    is_shown = row.sees_candidate if row.subject_type == SubjectType.CANDIDATE else row.is_known
    if not is_shown:
        return ""
    path, _ = _PAGES[SubjectType(row.subject_type)]
    return path.format(subject_id=row.subject_id, placement_id=row.placement_id)


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list; `due_at` is the end of the clock that runs, if one does, and `waits_for` says for whom."""

    id: uuid.UUID
    about: str
    candidate_name: str
    state: str
    reason: str
    opened_at: datetime
    opened_by: str
    due_at: datetime | None
    waits_for: str
    frozen: tuple[tuple[int, str], ...]  # of each currency what it keeps from being paid out; for whoever decides


@dataclass(frozen=True, slots=True)
class Party:
    """A party, and whether it has said what it was asked for."""

    id: uuid.UUID
    name: str
    is_claimant: bool
    is_viewer: bool
    due_at: datetime | None
    answered_at: datetime | None
    withdrawal_agreed_at: datetime | None
    appeal_waived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    by: str
    kind: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """A thing that a case keeps as it is, with what was at stake."""

    kind: str
    path: str
    amount_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided, and why; `percent_bp` is what was awarded, where a percentage was.

    `handled` is whether who ruled had handled the money, because nobody else could rule.
    """

    label: str
    percent_bp: int | None
    reason: str
    rule: str
    by_rule: bool
    handled: bool
    by: str
    at: datetime
    is_appeal: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What a platform admin noted for the others."""

    by: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its page shows it; `subject_path` is empty for whoever may not open what it is about."""

    id: uuid.UUID
    subject_type: str
    subject_path: str
    about: str
    candidate_name: str
    placement_id: uuid.UUID | None
    state: str
    reason: str
    asks: str
    opened_by: str
    opened_at: datetime
    answer_due_at: datetime
    ruling_due_at: datetime | None
    closed_at: datetime | None
    appeal_until: datetime | None
    parties: tuple[Party, ...]
    statements: tuple[Statement, ...]
    attachments: tuple[EvidenceFile, ...]
    frozen: tuple[Frozen, ...]
    rulings: tuple[Ruling, ...]
    effects: tuple[tuple[str, str], ...]
    allowed_actions: frozenset[str]
    asks_to_withdraw: bool
    is_settled: bool  # nothing is frozen, and no appeal is possible any more
    hindrance: str  # why the viewer, who decides other cases, may not decide this one
    has_handled: bool  # the viewer the disputed money, for the platform
    is_own: bool  # the viewer is a party or works for one, whatever role they act in

    @property
    def is_pending(self) -> bool:
        """Return whether it is not decided, or appealed against."""
        return self.state in rules.PENDING

    @property
    def is_referred(self) -> bool:
        """Return whether the platform opened it, for the parties of a refused claim."""
        return _is_referred(self.parties)

    @property
    def claimants(self) -> list[Party]:
        return [party for party in self.parties if party.is_claimant]

    @property
    def respondents(self) -> list[Party]:
        return [party for party in self.parties if not party.is_claimant]

    @property
    def subject_noun(self) -> str:
        """Return what the page of its subject is called."""
        return _PAGES[SubjectType(self.subject_type)][1]

    @property
    def is_against_platform(self) -> bool:
        """Return whether the platform is on the other side, too."""
        return self.subject_type in rules.AGAINST_PLATFORM

    @property
    def asks_percent(self) -> bool:
        return any(effect in rules.IN_PERCENT for effect, _ in self.effects)


def detail(dispute_id: uuid.UUID, *, viewer: Actor) -> Case:
    """Return a case that the viewer takes part in or decides."""
    return case_and_matter(dispute_id, viewer=viewer)[0]


def case_and_matter(dispute_id: uuid.UUID, *, viewer: Actor) -> tuple[Case, Matter]:
    """Return a case that the viewer takes part in or decides, and what its evidence is about."""
    row = existing(_selected(viewer, dispute=dispute_id).one_or_none())
    return _case(row, viewer), evidence.matter_of(row)


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    return (
        _shown(viewer)
        .add_columns(KNOWN_AS, *evidence.matter_columns(viewer))
        .add_columns(gathering.parties().label("parties"), gathering.statements().label("statements"))
        .add_columns(gathering.attachments().label("attachments"), gathering.frozen().label("frozen"))
        .add_columns(gathering.rulings().label("rulings"), *hindrances.columns(viewer.user_id))
        .add_columns(gathering.owner().label("owner_id"), access.visible(Candidate, viewer).label("sees_candidate"))
        .where(D.id == bindparam("dispute"), access.visible(D, viewer))
    )


_AS_THEY_ARE = (
    "id", "subject_type", "placement_id", "state", "opened_at", "answer_due_at", "ruling_due_at", "closed_at",
    "appeal_until",
)  # fmt: skip


def _case(row: Any, viewer: Actor) -> Case:
    parties, read = _parties(row, viewer), reader(row)
    subject, effects = rules.SUBJECTS[SubjectType(row.subject_type)], _effects(row)
    return Case(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        subject_path=_subject_path(row),
        about=subject.label,
        candidate_name=str(row.full_name) if row.is_known else tag(row.candidate_id),
        reason=rules.reason_label(row.subject_type, row.reason),
        asks=row.asks if row.opened_by == viewer.user_id else read(row.asks),
        opened_by=row.opener,
        parties=parties,
        statements=_statements(row, parties, read),
        attachments=tuple(replace(f, name=read(f.name)) for f in attachments.lines(row.attachments)),
        frozen=_frozen(row, viewer),
        rulings=_rulings(row, read, effects),
        effects=tuple((str(effect), words) for effect, words in effects.items()),
        allowed_actions=_allowed(row, parties, viewer),
        asks_to_withdraw=row.withdrawal_asked_at is not None,
        is_settled=row.settled_at is not None,
        hindrance=_hindrance(row, viewer),
        has_handled=viewer.has(Permission.DISPUTE_RULE) and row.has_handled,
        is_own=row.is_own,
    )


def _hindrance(row: Any, viewer: Actor) -> str:
    """Return why the viewer, who decides other cases, may not decide this one, or reads it as its parties do."""
    if not viewer.has(Permission.DISPUTE_RULE):
        return ""
    found = hindrances.read(row) if row.state in rules.PENDING else hindrances.involvement(row)
    return found.sentence if found else ""


_STEPS = ("due_at", "answered_at", "withdrawal_agreed_at", "appeal_waived_at")


def _parties(dispute: Any, viewer: Actor) -> tuple[Party, ...]:
    return tuple(
        Party(
            id=row.id,
            name=row.name,
            is_claimant=row.side == Side.CLAIMANT,
            is_viewer=_speaks_for(row, viewer),
            **{name: getattr(row, name) for name in _STEPS},
        )
        for row in gathered.rows(dispute.parties)
    )


def _is_referred(parties: Sequence[Party]) -> bool:
    return not any(party.is_claimant for party in parties)


def _speaks_for(row: Any, viewer: Actor) -> bool:
    if row.recruiter_id is not None:
        return bool(row.recruiter_id == str(viewer.recruiter_id))
    return bool(row.organisation_id == str(viewer.organisation_id))


def _statements(dispute: Any, parties: Sequence[Party], read: Callable[[str], str]) -> tuple[Statement, ...]:
    """List what was said; a case that the platform opened begins with why it did.

    What the viewer wrote is not struck: whoever guesses would learn which name is.
    """
    who = {str(party.id): party for party in parties}
    said = tuple(
        Statement(by.name, row.kind, row.said if by.is_viewer else read(row.said), row.at)
        for row in gathered.rows(dispute.statements)
        for by in (who[row.party_id],)
    )
    if not _is_referred(parties):
        return said
    opening = Statement(THE_PLATFORM, rules.StatementKind.OPENING, read(dispute.statement), dispute.opened_at)
    return (opening, *said)


def _frozen(dispute: Any, viewer: Actor) -> tuple[Frozen, ...]:
    """List what is frozen now; amounts are for whoever decides, and a recruiter's colleagues are paid their own."""
    shows_money = viewer.has(Permission.DISPUTE_RULE) and not dispute.is_own
    paths = {"proposal": "/proposals/{}", "placement": "/placements/{}"}
    paths["payout"] = f"/placements/{dispute.placement_id}/money"
    return tuple(
        Frozen(
            _frozen_label(row.kind, row.role),
            paths.get(row.kind, "").format(row.row_id),
            row.amount_minor if shows_money else None,
            row.currency if shows_money else None,
        )
        for row in gathered.rows(dispute.frozen)
    )


def _frozen_label(kind: str, role: str | None) -> str:
    if role is None:
        return kind
    return "team’s shares of a placement" if role == rules.TEAM else f"{role}’s share of a placement"


def _effects(dispute: Any) -> dict[Effect, str]:
    """Return the rulings that the case has, with the recruiter by name who contests the claim."""
    rivals = {party.recruiter_id: party.name for party in gathered.rows(dispute.parties)}
    given = [row.figures["to"] for row in gathered.rows(dispute.rulings) if "to" in row.figures]
    owner = rivals.pop(str(dispute.owner_id), None)
    other = rivals.get(given[0], owner) if given else next(iter(rivals.values())) if owner else None
    return rules.SUBJECTS[SubjectType(dispute.subject_type)].effects_naming(other or rules.THE_OTHER)


def _rulings(dispute: Any, read: Callable[[str], str], effects: Mapping[Effect, str]) -> tuple[Ruling, ...]:
    return tuple(
        Ruling(
            label=effects[Effect(row.effect)],
            percent_bp=row.figures.get("percent_bp"),
            reason=read(row.reason),
            rule=read(row.rule),
            by_rule=row.by_rule,
            handled=row.handled,
            by=row.name,
            at=row.at,
            is_appeal=row.number > 1,
        )
        for row in gathered.rows(dispute.rulings)
    )


def _allowed(row: Any, parties: Sequence[Party], viewer: Actor) -> frozenset[str]:
    """Return what the viewer may do with a case now."""
    mine = next((party for party in parties if party.is_viewer), None)
    if mine is not None:
        return _allowed_to(mine, row, viewer) if viewer.has(Permission.DISPUTE_OPEN) else frozenset()
    if not viewer.has(Permission.DISPUTE_RULE):
        return frozenset()
    return frozenset() if row.is_own else frozenset({"note", *_allowed_to_desk(row, parties)})


def _allowed_to_desk(row: Any, parties: Sequence[Party]) -> Iterator[str]:
    """Yield what the platform may do, which withdraws what it opened itself."""
    if row.state == DisputeState.UNDER_REVIEW:
        if hindrances.read(row) is None:
            yield "rule"
        if row.files_asked_at is None:
            yield "ask"
    is_own = row.state in rules.PENDING and row.appealed_at is None and row.withdrawal_asked_at is None
    if is_own and _is_referred(parties):
        yield str(DisputeAction.WITHDRAW)


def _allowed_to(mine: Party, row: Any, viewer: Actor) -> frozenset[str]:
    """Return what a party may do."""
    if row.state in rules.PENDING:
        is_asked, agreed = row.withdrawal_asked_at is not None, mine.withdrawal_agreed_at is not None
        can_withdraw = row.appealed_at is None and mine.is_claimant is not is_asked and not agreed
        can_attach = row.state == DisputeState.OPEN or row.files_asked_at is not None
        withdraws = [str(DisputeAction.WITHDRAW)] if can_withdraw else []
        return frozenset({"answer", *withdraws, *(["attach"] if can_attach else [])})
    is_open = row.state in rules.DECIDED and row.settled_at is None and row.appealed_at is None
    if not is_open or mine.appeal_waived_at is not None or row.appeal_until <= viewer.now:
        return frozenset()
    return frozenset({str(DisputeAction.APPEAL), "waive"})


def notes(dispute_id: uuid.UUID, *, viewer: Actor) -> tuple[Note, ...]:
    """List what platform admins noted about a case; nothing for anybody else, nor for whoever is involved in it."""
    if not viewer.has(Permission.DISPUTE_RULE):
        return ()
    query = select(User.name, DisputeNote.said, DisputeNote.at).join(User, User.id == DisputeNote.by)
    query = query.join(Dispute, Dispute.id == DisputeNote.dispute_id).where(~hindrances.is_involved(viewer.user_id))
    rows = reading().execute(query.where(DisputeNote.dispute_id == dispute_id).order_by(DisputeNote.id))
    return tuple(Note(*row) for row in rows)


# --- the list ------------------------------------------------------------------------------------------------------

_opener = aliased(User)


_DUE_AT = func.coalesce(
    case((D.state == DisputeState.OPEN, D.answer_due_at), (D.state == DisputeState.UNDER_REVIEW, D.ruling_due_at)),
    literal(datetime(9999, 1, 1, tzinfo=UTC)),  # what waits for nobody comes last
)


def _visible(viewer: Actor) -> Select[Any]:
    return select(D.id).where(access.visible(D, viewer))


def _shown(viewer: Actor) -> Select[Any]:
    return (
        select(D)
        .add_columns(Candidate.full_name, access.knows(viewer).label("is_known"), _opener.name.label("opener"))
        .join(Candidate, Candidate.id == D.candidate_id)
        .join(_opener, _opener.id == D.opened_by)
    )


def _listed(viewer: Actor) -> Select[Any]:
    is_own = hindrances.is_involved(viewer.user_id).label("is_own")
    return _shown(viewer).add_columns(gathering.silent().label("silent"), gathering.frozen().label("frozen"), is_own)


def _row(row: Any, viewer: Actor) -> Row:
    is_open, is_reviewed = row.state == DisputeState.OPEN, row.state == DisputeState.UNDER_REVIEW
    return Row(
        row.id,
        SUBJECT_LABELS[row.subject_type],
        row.full_name if row.is_known else tag(row.candidate_id),
        row.state,
        rules.reason_label(row.subject_type, row.reason),
        row.opened_at,
        row.opener,
        row.answer_due_at if is_open else row.ruling_due_at if is_reviewed else None,
        f"a statement from {row.silent}" if is_open else "a ruling" if is_reviewed else "",
        _sums(row.frozen) if _decides(viewer) and not row.is_own else (),
    )


def _decides(viewer: Actor) -> bool:
    return viewer.has(Permission.DISPUTE_RULE)


def _sums(frozen: list[dict[str, Any]] | None) -> tuple[tuple[int, str], ...]:
    sums: dict[str, int] = {}
    for row in gathered.rows(frozen):
        if row.currency is not None:
            sums[row.currency] = sums.get(row.currency, 0) + row.amount_minor
    return tuple((amount, currency) for currency, amount in sorted(sums.items()) if amount)


def _in_words(row: Row) -> str:
    return ", ".join(money(*each) for each in row.frozen)


DISPUTES = Listing(
    name="disputes",
    noun=("dispute", "disputes"),
    path="/disputes",
    looked_at="disputes",
    id=D.id,
    among=_visible,
    shows=_listed,
    make=_row,
    filters=(
        Picked("state", "Status", options=STATE_LABELS, on=lambda state: D.state == state, tabs=True),
        Picked("subject", "About", options=SUBJECT_LABELS, on=lambda kind: D.subject_type == kind),
        Days("opened", "Opened", on=D.id, more=True),
    ),
    sorts=(Sort("opened", "Opened", D.id, NEWEST, falls=True), Sort("due", "Deadline", _DUE_AT, SOONEST)),
    columns=(
        Column("Dispute"),
        Column("Opened", sort="opened"),
        Column("Waiting for", sort="due"),
        Column("Frozen", "n", offered=_decides),
        Column("Status"),
    ),
    cells=(
        Cell("About", lambda row: row.about),
        Cell("Candidate", lambda row: row.candidate_name),
        Cell("Reason", lambda row: row.reason),
        Cell("Opened", lambda row: row.opened_at, is_time=True),
        Cell("Opened by", lambda row: row.opened_by),
        Cell("Waiting for", lambda row: row.waits_for),
        Cell("Until", lambda row: row.due_at, is_time=True),
        Cell(
            "Frozen", lambda row: to_major(*row.frozen[0]) if len(row.frozen) == 1 else _in_words(row), offered=_decides
        ),
        Cell("Currency", lambda row: ", ".join(currency for _, currency in row.frozen), offered=_decides),
        Cell("Status", lambda row: STATE_LABELS[row.state]),
    ),
)
