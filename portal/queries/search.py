"""The search in the top bar: the first few of each kind that the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote_plus

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, or_, select, union_all

from portal.access import visible
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import ProposalState
from portal.extensions import reading
from portal.models import Candidate, Invoice, Job, Organisation, Placement, Proposal, Recruiter, User
from portal.queries import places
from portal.queries.candidates.listing import search_text
from portal.queries.finding import Word, folded, occurs, occurs_in, words_of
from portal.queries.paging import cut

A_GROUP = 5
LONGEST = 100


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
}


def search(viewer: Actor, text: str) -> tuple[HitGroup, ...]:
    """Find what has every word of the text, at most five of a kind, in one statement."""
    words = words_of(text)
    if not words:
        return ()
    makers = {
        "candidate": (Permission.CANDIDATE_VIEW, _candidates),
        "job": (Permission.JOB_VIEW, _jobs),
        "proposal": (Permission.PROPOSAL_VIEW, _proposals),
        "placement": (Permission.PLACEMENT_VIEW, _placements),
        "invoice": (Permission.INVOICE_VIEW, _invoices),
        "recruiter": (Permission.RECRUITER_VIEW, _recruiters),
    }
    parts = [make(viewer, words) for permission, make in makers.values() if viewer.has(permission)]
    if not parts:
        return ()
    found: dict[str, list[Hit]] = {kind: [] for kind in _KINDS}
    for row in reading().execute(union_all(*parts)):
        found[row.kind].append(Hit(row.name, row.about, f"{_KINDS[row.kind][1]}/{row.id}"))
    return tuple(_group(kind, hits, text) for kind, hits in found.items() if hits)


def _group(kind: str, hits: list[Hit], text: str) -> HitGroup:
    title, path = _KINDS[kind]
    shown, more = cut(hits, A_GROUP)
    return HitGroup(title, shown, f"{path}?q={quote_plus(text)}" if more else "")


def _candidates(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    about = func.concat_ws(" at ", func.nullif(Candidate.title, ""), func.nullif(Candidate.employer, ""))
    query = _hits("candidate", Candidate.id, Candidate.full_name, about).where(visible(Candidate, viewer))
    return _first(query, partial(occurs, search_text()), words, Candidate.full_name)


def _jobs(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    query = _hits("job", Job.id, Job.title, Organisation.name).join(Organisation, Organisation.id == Job.company_id)
    where = (places.job(Job.id), places.company(Job.company_id))
    return _first(query.where(visible(Job, viewer)), partial(occurs_in, where), words, Job.title)


def _proposals(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    """Find proposals; a company finds nobody by a name that it is not shown, and reads the job instead."""
    shown = or_(Proposal.state == ProposalState.ACCEPTED, Proposal.company_id.is_distinct_from(viewer.organisation_id))
    name = case((shown, Candidate.full_name), else_=Job.title)
    about = case((shown, Job.title), else_="Name hidden until you accept")
    query = _hits("proposal", Proposal.id, name, about).join(Candidate, Candidate.id == Proposal.candidate_id)
    query = query.join(Job, Job.id == Proposal.job_id).where(visible(Proposal, viewer))
    where = (places.candidate(Proposal.candidate_id, given=shown), places.job(Proposal.job_id))
    return _first(query, partial(occurs_in, where), words, name)


def _invoices(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    query = _hits("invoice", Invoice.id, Invoice.number, Organisation.name)
    query = query.join(Organisation, Organisation.id == Invoice.company_id)
    if viewer.scope(Permission.INVOICE_VIEW) is not Scope.ANY:
        query = query.where(Invoice.company_id == viewer.organisation_id)
    where = (places.invoice(Invoice.id), places.company(Invoice.company_id))
    return _first(query, partial(occurs_in, where), words, Invoice.number)


def _placements(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    query = _hits("placement", Placement.id, Candidate.full_name, Job.title)
    query = query.join(Candidate, Candidate.id == Placement.candidate_id).join(Job, Job.id == Placement.job_id)
    where = (places.candidate(Placement.candidate_id), places.job(Placement.job_id))
    return _first(query.where(visible(Placement, viewer)), partial(occurs_in, where), words, Candidate.full_name)


def _recruiters(viewer: Actor, words: Sequence[Word]) -> Select[Any]:
    agency = func.coalesce(Organisation.name, "Independent")
    query = _hits("recruiter", Recruiter.id, User.name, agency).join(User, User.id == Recruiter.user_id)
    query = query.outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
    if not viewer.has(Permission.USERS_ADMINISTER):
        query = query.where(Recruiter.status == "active")
    return _first(query, partial(occurs, User.name + " " + agency), words, User.name)


class _Has(Protocol):
    """Says where a word is looked for."""

    def __call__(self, patterns: Sequence[Any], *, exact: bool) -> ColumnElement[bool]: ...


def _hits(kind: str, row_id: Any, name: Any, about: Any) -> Select[Any]:
    return select(literal(kind).label("kind"), row_id.label("id"), name.label("name"), about.label("about"))


def _first(query: Select[Any], has: _Has, words: Sequence[Word], name: Any) -> Select[Any]:
    """Keep the rows that have every word, those whose name begins with the first word ahead."""
    found = query.where(*(has(word.patterns, exact=word.exact) for word in words))
    begins = folded(name).like(folded(words[0].patterns[0].removeprefix("%")), escape="\\")
    rows = found.order_by(begins.desc(), name, literal_column("id")).limit(A_GROUP + 1).subquery()
    return select(rows)
