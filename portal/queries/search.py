"""The search in the top bar: the first few of each kind that the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from portal.access import visible, visible_among_few
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import ProposalState
from portal.models import Candidate, Invoice, Job, Organisation, Placement, Proposal, Recruiter, User
from portal.queries import places
from portal.queries.candidates import listing as candidates
from portal.queries.filters import Search, Sought, WordForm
from portal.queries.finding import Place, folded, is_gathered, words_of
from portal.queries.lookups import USUAL, Bounds, look_up
from portal.queries.paging import cut
from portal.queries.placements import listing as placements
from portal.queries.prepared import Shape, prepared, shape_of, written
from portal.queries.reaching import Ways, is_one, near, newest

A_GROUP = 5
LONGEST = 100
RANKED = 30  # of what is found, the newest so many are put in order


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

    `ways` lead to the rows of one's own, where the viewer sees a part in several.
    """

    id: Any
    name: Any
    about: Any
    rows: Select[Any]
    seen: ColumnElement[bool]
    places: tuple[Place, ...]
    ways: Ways = ()


Forms = tuple[tuple[str, tuple[WordForm, ...]], ...]  # of each kind: they decide how the statement is built
BEGINNING: BindParameter[str] = bindparam("beginning", type_=Text)


def search(viewer: Actor, text: str, *, bounds: Bounds = USUAL) -> tuple[HitGroup, ...]:
    """Find what has every word of the text, at most five of a kind, in two statements.

    Of what is found in very many rows, these are the best of the newest.
    """
    words, kinds = words_of(text), _kinds(shape_of(viewer))
    if not words or not kinds:
        return ()
    lookups = look_up(words, [place for of in kinds.values() for place in of.places], bounds=bounds)
    forms, values = list[tuple[str, tuple[WordForm, ...]]](), dict[str, object]()
    for kind, of in kinds.items():
        words_in, sought = _words(kind, of), Sought(words, lookups.at(of.places))
        forms.append((kind, words_in.form(sought)))
        values |= words_in.values(sought, viewer)
    found: dict[str, list[Hit]] = {kind: [] for kind in _KINDS}
    for row in _hits(viewer, tuple(forms), **values, **{BEGINNING.key: words[0].patterns[0].removeprefix("%")}):
        found[row.kind].append(Hit(row.name, row.about, f"{_KINDS[row.kind][1]}/{row.id}"))
    return tuple(_group(kind, hits, text) for kind, hits in found.items() if hits)


@lru_cache(maxsize=64)
def _kinds(shape: Shape) -> Mapping[str, _Kind]:
    """Return the kinds that viewers of a shape may see."""
    viewer = shape.stand_in()
    return {kind: make(viewer) for kind, (permission, make) in _MAKERS.items() if viewer.has(permission)}


def _words(kind: str, of: _Kind) -> Search:
    return Search(kind, "", of=of.places)


@prepared
def _hits(viewer: Actor, forms: Forms) -> CompoundSelect[Any]:
    kinds = _kinds(shape_of(viewer))
    return union_all(*(_first(kind, kinds[kind], form) for kind, form in forms))


def _group(kind: str, hits: list[Hit], text: str) -> HitGroup:
    title, path = _KINDS[kind]
    shown, more = cut(hits, A_GROUP)
    return HitGroup(title, shown, f"{path}?q={quote_plus(text)}" if more else "")


def _candidates(viewer: Actor) -> _Kind:
    about = func.concat_ws(" at ", func.nullif(Candidate.title, ""), func.nullif(Candidate.employer, ""))
    rows, seen = select(Candidate.id), visible_among_few(Candidate, viewer)
    where, ways = (places.candidate_text(Candidate.id),), candidates.ways(viewer)
    return _Kind(Candidate.id, Candidate.full_name, about, rows, seen, where, ways)


def _jobs(viewer: Actor) -> _Kind:
    rows = select(Job.id).join(Organisation, Organisation.id == Job.company_id)
    where = (places.job(Job.id), places.company(Job.company_id))
    return _Kind(Job.id, Job.title, Organisation.name, rows, visible_among_few(Job, viewer), where)


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
    seen, ways = visible_among_few(Placement, viewer), placements.ways(viewer)
    return _Kind(Placement.id, Candidate.full_name, Job.title, rows, seen, where, ways)


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


def _first(kind: str, of: _Kind, form: Sequence[WordForm]) -> Select[Any]:
    """Take the newest rows that have every word, those ahead whose name begins with the first word."""
    words = _words(kind, of)
    rows = of.rows.add_columns(of.name.label("name"), of.about.label("about")).where(of.seen)
    if words.is_narrow(form):
        # Found by themselves: beside what the viewer may see, the planner would read all of that, too.
        rows = rows.where(of.id.in_(of.rows.where(*words.where(form)).offset(0).correlate(None)))
    else:
        rows = rows.where(_is_found(of, words, form))
    newest = rows.order_by(of.id.desc()).limit(written(RANKED)).subquery()
    begins = folded(newest.c.name).like(folded(BEGINNING), escape="\\")
    hits = select(literal(kind).label("kind"), *newest.c).order_by(begins.desc(), newest.c.name, newest.c.id)
    return select(hits.limit(written(A_GROUP + 1)).subquery())


def _is_found(of: _Kind, words: Search, form: Sequence[WordForm]) -> ColumnElement[bool]:
    """Return the condition that a row is one of those that have words which many have: the newest will do."""
    ids = of.rows.where(of.seen)
    own = newest(of.ways) if of.ways else select(of.id.label("id")).where(of.seen).order_by(of.id.desc())
    here = near(of.id, own, ids.where(*words.where(words.by_row(form))), most=RANKED, name=words.name)
    if is_gathered([often for _, often in form]):
        ids = ids.where(*words.gathered(form, of.id))
    else:
        ids = ids.where(*words.where(form), is_one(of.id, of.ways) if of.ways else true())
    return here.is_one(of.id, here.has_more_than(A_GROUP), ids.order_by(of.id.desc()).limit(written(RANKED)))
