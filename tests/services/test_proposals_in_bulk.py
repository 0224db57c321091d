"""Several candidates proposed for one job at once: all or none."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.extensions import db
from portal.models import Proposal
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, proposals_in_bulk
from portal.services.candidates import candidates
from portal.services.candidates.contacts import CandidateInput
from tests.cast import DAY, Cast
from tests.marketplace import claimed, posted, proposed
from tests.services.test_proposals import events, row


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def pitch(candidate_id: uuid.UUID, text: str = "Fits.") -> proposals.Pitch:
    return proposals.Pitch(candidate_id, text)


def propose(cast: Cast, chosen: list[proposals.Pitch], job_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    shown = proposals.NOTHING_SHOWN
    return proposals_in_bulk.propose_chosen(chosen, job_id, actor=cast.actor(cast.rita), terms_shown=shown)


def test_several_are_proposed_for_one_job_each_with_its_pitch(cast: Cast) -> None:
    job_id, ids = posted(cast), [claimed(cast, name=name) for name in ("Ada One", "Bea Two")]
    chosen = [proposals.Pitch(ids[1], " Second. ", 9_000_000), pitch(ids[0], "First.")]
    made = propose(cast, chosen, job_id)
    said = [(row(id).candidate_id, row(id).pitch, row(id).expected_salary_minor) for id in made]
    assert said == [(ids[0], "First.", None), (ids[1], "Second.", 9_000_000)]
    assert [events(id)[-1][0] for id in made] == ["proposal.created"] * 2


def test_nobody_is_proposed_when_one_of_the_chosen_cannot_be(cast: Cast) -> None:
    job_id, free, rita = posted(cast), claimed(cast, name="Ada Free"), cast.actor(cast.rita)
    before = proposed(cast, job_id=job_id, name="Bea Before")
    lost = candidates.add(actor=rita, input=CandidateInput(full_name="Cy Unclaimed", email="cy@people.test"))
    paused = posted(cast)
    known = proposed(cast, job_id=paused, name="Di Known")
    jobs.change_status(paused, actor=cast.actor(cast.carl), status="paused")
    refused: list[tuple[type[PortalError], list[proposals.Pitch], uuid.UUID, str]] = [
        (Conflict, [pitch(free), pitch(row(before).candidate_id)], job_id, "Nothing was sent. Bea Before: .* already"),
        (
            Conflict,
            [pitch(free), pitch(lost)],
            job_id,
            "Cy Unclaimed: You don’t have an active claim",
        ),
        (Conflict, [pitch(free)], paused, "^This job is paused"),
        (NotFound, [pitch(free), pitch(claimed(cast, cast.omar))], job_id, "can’t find"),
        (InvalidInput, [pitch(free, " ")], job_id, "Enter the pitch"),
        (InvalidInput, [pitch(free), pitch(free)], job_id, "Choose 1 to 20"),
        (InvalidInput, [], job_id, "Choose 1 to 20"),
    ]
    for kind, chosen, job, words in refused:
        with pytest.raises(kind, match=words):
            propose(cast, chosen, job)
    with Session(db.engine) as session:
        assert set(session.scalars(select(Proposal.id))) == {before, known}
