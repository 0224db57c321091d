"""What a case is decided on: a page of its evidence, and the rule that would decide (disputes.md §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from portal.domain.deciding import Outlook
from portal.domain.disputes import SUBJECTS
from portal.domain.permissions import Actor
from portal.queries.disputes import evidence, outlooks
from portal.queries.disputes.evidence import EvidenceRow, Matter
from portal.queries.paging import Page


@dataclass(frozen=True, slots=True)
class Grounds:
    """A page of the evidence, what it lacks for this viewer, and the rule with the ruling that would follow from it.

    `is_decided` is whether the evidence speaks for one side alone, and everybody was heard or had the time to be.
    """

    evidence: Page[EvidenceRow]
    left_out: tuple[str, ...]
    outlook: Outlook | None
    follows: str
    is_decided: bool


def grounds(dispute_id: uuid.UUID, *, viewer: Actor, after: uuid.UUID | None = None) -> Grounds:
    """Return what a case is decided on, with the evidence that comes after an entry of the log."""
    return of_matter(evidence.matter(viewer, dispute_id), viewer=viewer, after=after)


def of_matter(about: Matter, *, viewer: Actor, after: uuid.UUID | None = None) -> Grounds:
    """Return what a case is decided on that the viewer is known to see."""
    found = outlooks.outlook(viewer, about)
    return Grounds(
        evidence=evidence.timeline(viewer, about, after=after),
        left_out=evidence.left_out(viewer, about),
        outlook=found,
        follows=SUBJECTS[about.subject].effects[found.follows] if found else "",
        is_decided=found is not None and about.is_decided_by(found, viewer.now),
    )
