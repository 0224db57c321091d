"""Proposals for a job side by side: those that are chosen, else the first of its shortlist."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from portal.domain.permissions import Actor
from portal.domain.proposals import COMPARED_MOST
from portal.queries import jobs
from portal.queries.proposals import detail
from portal.queries.proposals.detail import ProposalDetail


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two to four proposals for a job, the soonest deadline first; `listed` is how many are on the shortlist.

    It is none where the proposals were chosen one by one.
    """

    job_id: uuid.UUID
    job_title: str
    proposals: tuple[ProposalDetail, ...]
    listed: int


def comparison(job_id: uuid.UUID, chosen: Collection[uuid.UUID], *, viewer: Actor) -> Comparison:
    """Return the chosen proposals for a job, or without any those on its shortlist that end first.

    Raises:
        InvalidInput: these are fewer than two, or more than four.
        NotFound: there is no such job, or one of them is for another job or somebody else's.
    """
    job = jobs.detail(job_id, viewer=viewer)
    listed = () if chosen else job.shortlist
    found = detail.several(job_id, chosen or listed[:COMPARED_MOST], viewer=viewer)
    return Comparison(job_id, job.title, found, len(listed))
