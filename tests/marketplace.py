"""Candidates, jobs and proposals for tests, made as people make them: through the services."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from portal.services import jobs, proposals
from portal.services.candidates import candidates, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.jobs import JobInput
from tests.cast import DAY, Cast, Person
from tests.cleaning import made_once

_numbers = itertools.count(1)
WEEK_LATER = DAY + timedelta(days=7)
HOUR = timedelta(hours=1)


def later(**span: float) -> datetime:
    """Return a time after the day on which the cast acts."""
    return DAY + timedelta(**span)


@made_once
def claimed(cast: Cast, who: Person | None = None, *, name: str = "Lena Brandt", **values: Any) -> uuid.UUID:
    """Enter a candidate whom `who` (rita) claims."""
    actor = cast.actor(who or cast.rita)
    entry = {"full_name": name, "email": f"candidate{next(_numbers)}@mail.test", **values}
    candidate_id = candidates.add(actor=actor, input=CandidateInput(**entry))
    ownership.claim(candidate_id, actor=actor, source_method="linkedin")
    return candidate_id


@made_once
def posted(cast: Cast, who: Person | None = None, **values: Any) -> uuid.UUID:
    """Post a job of `who` (carl of Acme)."""
    said = {"title": "Staff ML Engineer", "fee_bp": 2_000, "location": "Berlin", **values}
    return jobs.post(actor=cast.actor(who or cast.carl), input=JobInput(**said))


@made_once
def proposed(
    cast: Cast,
    who: Person | None = None,
    *,
    job_id: uuid.UUID | None = None,
    candidate_id: uuid.UUID | None = None,
    pitch: str = "Led ranking at a large marketplace.",
    salary: int | None = 16_800_000,
    **candidate: Any,
) -> uuid.UUID:
    """Propose a candidate for a job as `who` (rita); both are made when not given."""
    who = who or cast.rita
    return proposals.create(
        candidate_id or claimed(cast, who, **candidate),
        job_id or posted(cast),
        actor=cast.actor(who),
        pitch=pitch,
        expected_salary_minor=salary,
    )


def entered(cast: Cast, number: int = 0) -> uuid.UUID:
    """Enter a candidate whom nobody claims."""
    typed = CandidateInput(full_name="Maya Okafor", email=f"maya{number}@example.com")
    return candidates.add(actor=cast.actor(cast.pia), input=typed)
