"""Shortlists: a company's own mark on open proposals, of which no recruiter learns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.extensions import db
from portal.models import MarketplaceEvent
from portal.queries import jobs
from portal.queries.changes import changed_since
from portal.queries.log import slices
from portal.queries.proposals import detail
from portal.queries.proposals import proposals as queries
from portal.queries.proposals import shortlists as marks
from portal.runtime.clock import simulated
from portal.services import proposals, shortlists
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.hires import accepted
from tests.marketplace import posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_the_shortlist_of_a_job_has_who_waits_and_who_put_them_there(cast: Cast) -> None:
    job_id, hana = posted(cast), cast.actor(cast.hana)
    one, other, third = (proposed(cast, job_id=job_id) for _ in range(3))
    assert shortlists.extend([one, other], actor=hana) == 2
    assert shortlists.extend([one, third], actor=cast.actor(cast.carl)) == 1
    assert jobs.detail(job_id, viewer=hana).shortlist == (one, other, third)
    found = detail.detail(one, viewer=cast.actor(cast.carl)).shortlisted
    assert found == marks.Mark("Hana", DAY)
    proposals.decline(other, actor=hana, reason="salary")
    assert shortlists.cut([one, other], actor=hana) == 2
    assert shortlists.cut([one], actor=hana) == 0
    assert jobs.detail(job_id, viewer=hana).shortlist == (third,)
    assert len(written("shortlist.extended")) == 2
    assert len(written("shortlist.cut")) == 1


def test_no_recruiter_learns_of_it_from_rows_details_history_or_a_hint_of_a_change(cast: Cast) -> None:
    job_id = posted(cast)
    proposal_id = proposed(cast, job_id=job_id)
    with simulated(DAY + timedelta(minutes=5)):
        shortlists.extend([proposal_id], actor=cast.actor(cast.hana))
        rita = cast.actor(cast.rita)
        millis = int((rita.now - timedelta(minutes=1)).timestamp() * 1000)
        for subject in (("proposal", proposal_id), ("job", job_id)):
            assert not changed_since(millis, viewer=rita, subject=subject)
        assert changed_since(millis, viewer=cast.actor(cast.carl))
    assert detail.detail(proposal_id, viewer=rita).shortlisted is None
    assert "shortlist" not in detail.detail(proposal_id, viewer=rita).allowed_actions
    assert not queries.everything(viewer=rita).rows[0].is_shortlisted
    assert queries.everything(viewer=cast.actor(cast.hana)).rows[0].is_shortlisted
    assert jobs.detail(job_id, viewer=rita).shortlist == ()
    entries = slices.timeline(rita, proposal_id=proposal_id).rows
    assert not any("hortlist" in entry.title for entry in entries)
    with Session(db.engine) as session:
        event = session.scalars(select(MarketplaceEvent).where(MarketplaceEvent.type == "shortlist.extended")).one()
    assert (event.proposal_id, event.candidate_id, event.recruiter_id, event.job_id) == (None,) * 4


def test_only_who_decides_marks_and_only_what_waits(cast: Cast) -> None:
    mine, decided = proposed(cast), accepted(cast)
    for who, refused in ((cast.zoe, NotFound), (cast.rita, NotPermitted), (cast.omar, NotPermitted)):
        with pytest.raises(refused):
            shortlists.extend([mine], actor=cast.actor(who))
    with pytest.raises(Conflict):
        shortlists.extend([mine, decided], actor=cast.actor(cast.hana))
    with pytest.raises(InvalidInput):
        shortlists.extend([], actor=cast.actor(cast.hana))
    with pytest.raises(NotFound):
        shortlists.change(posted(cast), actor=cast.actor(cast.hana), add=[mine], remove=[])
    with pytest.raises(InvalidInput, match="not both"):
        shortlists.change(posted(cast), actor=cast.actor(cast.hana), add=[mine], remove=[mine])


def test_a_change_puts_on_and_takes_off_at_once_for_one_job_alone(cast: Cast) -> None:
    job_id, hana = posted(cast), cast.actor(cast.hana)
    one, other = (proposed(cast, job_id=job_id) for _ in range(2))
    elsewhere = proposed(cast)
    shortlists.extend([one], actor=hana)
    shortlists.change(job_id, actor=hana, add=[other], remove=[one])
    assert jobs.detail(job_id, viewer=hana).shortlist == (other,)
    assert shortlists.extend([other], actor=hana) == 0
    with pytest.raises(InvalidInput):
        shortlists.change(job_id, actor=hana, add=[other], remove=[other])
    with pytest.raises(NotFound):
        shortlists.change(job_id, actor=hana, add=[elsewhere], remove=[])
