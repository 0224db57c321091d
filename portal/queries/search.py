"""The search in the top bar: the first few of each kind that the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, case, false, func, literal, or_, select, true, union_all

from portal.access import sees_every_candidate, visible
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import ProposalState
from portal.extensions import reading
from portal.models import Candidate, Invoice, Job, Organisation, Placement, Proposal, Recruiter, User
from portal.queries import places
from portal.queries.candidates.listing import reach
from portal.queries.filters import Says
from portal.queries.finding import Often, Place, Word, by_themselves, folded, is_gathered, is_narrow, words_of
from portal.queries.lookups import USUAL, Bounds, Lookup, Lookups, look_up
from portal.queries.paging import cut
from portal.queries.prepared import values_of, written
from portal.queries.reaching import Reach

A_GROUP = 5
LONGEST = 100
RANKED = 100  # of what is found, the newest so many are put in order
NEAR = 2_000  # so many of the newest rows of one's own are looked at first for what most rows have


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: a name, what it is, where it leads."""

    name: str
    about: str
    path: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The best results of a kind; `more` leads to its list when there are more, else it is empty."""

    title: str
    hits: tuple[Hit, ...]
    more: str


# Kind → title, and the path of its list, which finds the same words.
_KINDS = {
    "candidate": ("Candidates", "/candidates"),
    "job": ("Jobs", "/jobs"),
    "proposal": ("Proposals", "/proposals"),
    "placement": ("Placements", "/placements"),
    "invoice": ("Invoices", "/invoices"),
    "recruiter": ("Recruiters", "/recruiters"),
    "person": ("People", "/admin/people"),
    "organisation": ("Organizations", "/admin/people/organisations"),
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """The rows of a kind, which of them the viewer may see, where words are looked for in them, and what a hit says.

    `reach` are the rows of one's own, the newest of them unless all are wanted, for whoever sees a part.
    """

    id: Any
    name: Any
    about: Any
    rows: Select[Any]
    seen: ColumnElement[bool]
    places: tuple[Place, ...]
    reach: Callable[[Reach | None], ColumnElement[bool]] | None = None


def search(viewer: Actor, text: str, *, bounds: Bounds = USUAL, near: int = NEAR) -> tuple[HitGroup, ...]:
    """Find what has every word of the text, at most five of a kind, in two statements or three.

    Of what is found in very many rows, these are the best of the newest.
    """
    words = words_of(text)
    wanted = {kind: make(viewer) for kind, (permission, make) in _MAKERS.items() if words and viewer.has(permission)}
    if not wanted:
        return ()
    lookups = look_up(words, [place for of in wanted.values() for place in of.places], bounds=bounds)
    found = _found(viewer, wanted, words, lookups, near=near)
    if any(of.reach and _is_near(of, lookups) and len(found[kind]) <= A_GROUP for kind, of in wanted.items()):
        found = _found(viewer, wanted, words, lookups, near=None)
    return tuple(_group(kind, hits, text) for kind, hits in found.items() if hits)


def _found(
    viewer: Actor, wanted: Mapping[str, _Kind], words: Sequence[Word], lookups: Lookups, *, near: int | None
) -> dict[str, list[Hit]]:
    parts = [_first(kind, of, words, lookups, near=near) for kind, of in wanted.items()]
    found: dict[str, list[Hit]] = {kind: [] for kind in _KINDS}
    for row in reading().execute(union_all(*parts), values_of(viewer)):
        found[row.kind].append(Hit(row.name, row.about, f"{_KINDS[row.kind][1]}/{row.id}"))
    return found


def _group(kind: str, hits: list[Hit], text: str) -> HitGroup:
    title, path = _KINDS[kind]
    shown, more = cut(hits, A_GROUP)
    return HitGroup(title, shown, f"{path}?q={quote_plus(text)}" if more else "")


def _candidates(viewer: Actor) -> _Kind:
    about = func.concat_ws(" at ", func.nullif(Candidate.title, ""), func.nullif(Candidate.employer, ""))
    rows, seen = select(Candidate.id), visible(Candidate, viewer)
    of_part = None if sees_every_candidate(viewer) else partial(reach, viewer)
    return _Kind(Candidate.id, Candidate.full_name, about, rows, seen, (places.candidate_text(Candidate.id),), of_part)


def _jobs(viewer: Actor) -> _Kind:
    rows = select(Job.id).join(Organisation, Organisation.id == Job.company_id)
    where = (places.job(Job.id), places.company(Job.company_id))
    return _Kind(Job.id, Job.title, Organisation.name, rows, visible(Job, viewer), where)


def _proposals(viewer: Actor) -> _Kind:
    """Find proposals; a company finds nobody by a name that it is not shown, and reads the job instead."""
    shown = or_(Proposal.state == ProposalState.ACCEPTED, Proposal.company_id.is_distinct_from(viewer.organisation_id))
    name = case((shown, Candidate.full_name), else_=Job.title)
    about = case((shown, Job.title), else_="Name hidden until you accept")
    rows = select(Proposal.id).join(Candidate, Candidate.id == Proposal.candidate_id)
    rows = rows.join(Job, Job.id == Proposal.job_id)
    where = (places.candidate(Proposal.candidate_id, given=shown), places.job(Proposal.job_id))
    return _Kind(Proposal.id, name, about, rows, visible(Proposal, viewer), where)


def _invoices(viewer: Actor) -> _Kind:
    rows = select(Invoice.id).join(Organisation, Organisation.id == Invoice.company_id)
    sees_all = viewer.scope(Permission.INVOICE_VIEW) is Scope.ANY
    seen = true() if sees_all else Invoice.company_id == viewer.organisation_id
    where = (places.invoice(Invoice.id), places.company(Invoice.company_id))
    return _Kind(Invoice.id, Invoice.number, Organisation.name, rows, seen, where)


def _placements(viewer: Actor) -> _Kind:
    rows = select(Placement.id).join(Candidate, Candidate.id == Placement.candidate_id)
    rows = rows.join(Job, Job.id == Placement.job_id)
    where = (places.candidate(Placement.candidate_id), places.job(Placement.job_id))
    return _Kind(Placement.id, Candidate.full_name, Job.title, rows, visible(Placement, viewer), where)


def _recruiters(viewer: Actor) -> _Kind:
    rows = select(Recruiter.id).join(User, User.id == Recruiter.user_id)
    rows = rows.outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
    seen = true() if viewer.has(Permission.USERS_ADMINISTER) else Recruiter.status == "active"
    return _Kind(Recruiter.id, User.name, places.AGENCY, rows, seen, (places.recruiter_and_agency(Recruiter.id),))


def _people(_viewer: Actor) -> _Kind:
    """Find accounts, whatever their roles; a recruiter's leads elsewhere than the profile."""
    rows, seen = select(User.id), User.is_system.is_(False)
    return _Kind(User.id, User.name, User.email, rows, seen, (places.account(User.id),))


def _organisations(_viewer: Actor) -> _Kind:
    rows, where = select(Organisation.id), (places.company(Organisation.id),)
    return _Kind(Organisation.id, Organisation.name, func.initcap(Organisation.kind), rows, true(), where)


_MAKERS: dict[str, tuple[Permission, Callable[[Actor], _Kind]]] = {
    "candidate": (Permission.CANDIDATE_VIEW, _candidates),
    "job": (Permission.JOB_VIEW, _jobs),
    "proposal": (Permission.PROPOSAL_VIEW, _proposals),
    "placement": (Permission.PLACEMENT_VIEW, _placements),
    "invoice": (Permission.INVOICE_VIEW, _invoices),
    "recruiter": (Permission.RECRUITER_VIEW, _recruiters),
    "person": (Permission.USERS_ADMINISTER, _people),
    "organisation": (Permission.USERS_ADMINISTER, _organisations),
}


def _is_near(of: _Kind, lookups: Lookups) -> bool:
    """Return whether the rows are looked at one by one because most have the words, so that the newest may do."""
    return all(one.often is Often.MOSTLY for word in lookups.at(of.places) for one in word)


def _first(kind: str, of: _Kind, words: Sequence[Word], lookups: Lookups, *, near: int | None) -> Select[Any]:
    """Take the newest rows that have every word, those ahead whose name begins with the first word."""
    found = lookups.at(of.places)
    sought = list(zip(words, found, strict=True))
    conditions = [or_(false(), *_in_places(of.places, *one, Place.has)) for one in sought]
    rows = of.rows.add_columns(of.name.label("name"), of.about.label("about")).where(of.seen)
    often = [[one.often for one in at_places] for at_places in found]
    if is_narrow(often):
        # Found by themselves: beside what the viewer may see, the planner would read all of that, too.
        rows = rows.where(of.id.in_(of.rows.where(*conditions).offset(0).correlate(None)))
    elif is_gathered(often):
        some = [n for n, at_places in enumerate(often) if Often.MOSTLY not in at_places]
        each = [_in_places(of.places, *sought[n], Place.leads) for n in some]
        rest = [condition for n, condition in enumerate(conditions) if n not in some]
        rows = rows.where(by_themselves(of.id, each, f"found_{kind}"), *rest)
    else:
        window = Reach(None, near, falls=True) if near is not None and _is_near(of, lookups) else None
        rows = rows.where(*conditions, of.reach(window) if of.reach else true())
    newest = rows.order_by(of.id.desc()).limit(written(RANKED)).subquery()
    begins = folded(newest.c.name).like(folded(words[0].patterns[0].removeprefix("%")), escape="\\")
    hits = select(literal(kind).label("kind"), *newest.c).order_by(begins.desc(), newest.c.name, newest.c.id)
    return select(hits.limit(written(A_GROUP + 1)).subquery())


def _in_places(of: Sequence[Place], word: Word, lookups: Sequence[Lookup], says: Says) -> list[ColumnElement[bool]]:
    """Return the condition of a word for each place in which it may be."""
    return [
        says(place, word.patterns, one.often, literal(list(one.ids), ARRAY(Uuid)), word.form)
        for place, one in zip(of, lookups, strict=True)
        if one.often is not Often.NEVER
    ]
