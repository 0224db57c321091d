"""Several candidates claimed at once (domain.md §2): a transaction each, because a refusal is recorded."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ownership import CLAIMED_AT_ONCE, written
from portal.domain.permissions import Actor
from portal.queries.candidates import listing
from portal.services.candidates import ownership
from portal.services.candidates.claims import CandidateProtected

YOURS = "You already hold the sourcing credit; its end date is unchanged."


@dataclass(frozen=True, slots=True)
class Claimed:
    """How many candidates were claimed, and of whom one was not, with the sentence that says why."""

    count: int
    refused: tuple[tuple[str, str], ...]


def claim_chosen(candidate_ids: Collection[uuid.UUID], *, actor: Actor, source_method: str, notes: str = "") -> Claimed:
    """Claim those of these candidates whom nobody protects, all with the same source and notes.

    Raises:
        InvalidInput: none is named, too many are, or the source is none.
        NotPermitted: the actor is no active recruiter.
        NotFound: one of them is none, or not the recruiter's to see; nobody was claimed.
    """
    wanted = sorted(set(candidate_ids))
    if not 1 <= len(wanted) <= CLAIMED_AT_ONCE:
        raise InvalidInput.field("c", f"Choose 1 to {CLAIMED_AT_ONCE} candidates.")
    access.require_recruiter(actor)
    names, refused = listing.names_of(wanted, viewer=actor), list[tuple[str, str]]()
    for candidate_id in wanted:
        why = _claim(candidate_id, actor, source_method, notes)
        if why:
            refused.append((names[candidate_id], why))
    return Claimed(len(wanted) - len(refused), tuple(refused))


def _claim(candidate_id: uuid.UUID, actor: Actor, source_method: str, notes: str) -> str:
    """Claim one of them and return why it was not claimed, or an empty text."""
    try:
        result = ownership.claim(candidate_id, actor=actor, source_method=source_method, notes=notes)
    except CandidateProtected as refusal:
        until = written(refusal.expires_at)
        return f"Another recruiter has claimed this candidate until {until}. We’ve notified you both."
    except (Conflict, NotFound) as refusal:
        return refusal.message
    return "" if result.created else YOURS
