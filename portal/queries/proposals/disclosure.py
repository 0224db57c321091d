"""Who reads of a proposal who the candidate is: a company does once it accepted (domain.md §1)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from portal import access
from portal.domain.disclosure import Identity, Piece, before_acceptance, label, pieces
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import ProposalState
from portal.extensions import reading
from portal.models import Candidate, Proposal
from portal.queries.candidates.identities import KNOWN_AS, identity


def reveals(viewer: Actor, state: str) -> bool:
    """Return whether the viewer of a proposal in this state sees who the candidate is."""
    return state == ProposalState.ACCEPTED or viewer.scope(Permission.PROPOSAL_DECIDE) is not Scope.COMPANY


def shown_name(viewer: Actor, full_name: str, candidate_id: uuid.UUID, state: str) -> str:
    """Return the candidate's name as the viewer of a proposal in this state may read it: `L. B.` before acceptance."""
    return full_name if reveals(viewer, state) else label(full_name, candidate_id)


def reader(viewer: Actor, state: str, person: Identity) -> Callable[[str], str]:
    """Return how the viewer of a proposal in this state reads what somebody wrote who knows the candidate."""
    return str if reveals(viewer, state) else partial(before_acceptance, person=person)


@dataclass(frozen=True, slots=True)
class CompanyView:
    """What a company will read of a candidate and of a text before it accepts, with what is struck."""

    name: str
    about: tuple[Piece, ...]
    text: tuple[Piece, ...]

    @property
    def struck(self) -> int:
        return sum(piece.instead is not None for piece in (*self.about, *self.text))


_C = Candidate
KNOWN = (_C.id, _C.full_name, _C.title, _C.location, _C.skills, _C.right_to_work, _C.languages, KNOWN_AS)


def company_view(candidate_id: uuid.UUID, text: str, *, viewer: Actor) -> CompanyView:
    """Return what a company will read of the viewer's candidate and of a text about the candidate."""
    seen = select(*KNOWN).where(_C.id == candidate_id, access.visible(_C, viewer))
    return view_of(existing(reading().execute(seen).one_or_none()), text)


def view_of(row: Any, text: str) -> CompanyView:
    """Return what a company will read of the candidate in a row that has the columns `KNOWN`, and of a text."""
    person = identity(row, label(row.full_name, row.id))
    listed = ", ".join(row.skills), row.right_to_work, ", ".join(row.languages)
    about = " · ".join(filter(None, (row.title, row.location, *listed)))
    return CompanyView(person.label, pieces(about, person), pieces(text, person))


def company_view_of(proposal_id: uuid.UUID, text: str, *, viewer: Actor) -> CompanyView:
    """Return what the company will read of a text about the candidate of a proposal that the viewer sees."""
    query = select(Proposal.candidate_id).where(Proposal.id == proposal_id, access.visible(Proposal, viewer))
    candidate_id = existing(reading().execute(query).scalar_one_or_none())
    return company_view(candidate_id, text, viewer=viewer)
