"""Races about scores, on PostgreSQL with threads behind a barrier."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.extensions import db
from portal.models import Feedback, MarketplaceEvent, ReputationAppeal, ReputationSnapshot
from portal.queries.reputation import reputation as queries
from portal.services import proposals
from portal.services.placements import placements
from portal.services.reputation import appeals, feedback, reputation
from tests import scorer
from tests.cast import DAY, Cast
from tests.hires import hired, share
from tests.histories import contested, outcomes, scored, stored
from tests.letters import worked
from tests.marketplace import posted, proposed
from tests.racing import race

RACERS, ROUNDS = 8, 4


def winners(results: Sequence[object]) -> list[object]:
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, Exception))
    return [r for r in results if not isinstance(r, Exception)]


def count(model: type) -> int:
    with Session(db.engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def a_declined_one(cast: Cast) -> uuid.UUID:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.carl), reason="salary")
    return proposal_id


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_many_ratings_of_a_pair_one_counts(cast: Cast, _round: int) -> None:
    assert cast.rita.recruiter_id is not None
    placement_id, rated = hired(cast), cast.rita.recruiter_id
    share(cast, placement_id, cast.omar, "closer", 1_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date(), guarantee_days=0)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="mutual")
    omar = cast.actor(cast.omar)
    results = race(cast.app, [lambda: feedback.give(placement_id, rated, actor=omar, stars=3)] * RACERS)
    assert len(winners(results)) == count(Feedback) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_many_appeals_and_of_many_rulings_one_counts(cast: Cast, _round: int) -> None:
    proposal_id = a_declined_one(cast)
    scored()
    pia = cast.actor(cast.pia)
    results = race(cast.app, [lambda: contested(cast, "proposal", proposal_id)] * RACERS)
    (appeal_id,) = winners(results)
    assert isinstance(appeal_id, uuid.UUID)
    assert count(ReputationAppeal) == 1
    rulings = [
        lambda exclude=n % 2 == 0: appeals.rule(appeal_id, actor=pia, exclude=exclude, ruling="The dates show it.")
        for n in range(RACERS)
    ]
    assert len(winners(race(cast.app, rulings))) == 1
    with Session(db.engine) as session:
        state = session.get_one(ReputationAppeal, appeal_id).state
    row = stored(cast.rita)
    assert row is not None
    assert row.decided == (0 if state == "excluded" else 1)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_many_workers_share_the_queue_and_write_each_change_once(cast: Cast, _round: int) -> None:
    outcomes(cast, cast.rita, ["declined", "hired"])
    outcomes(cast, cast.omar, ["hired"])
    worked()
    pia = cast.actor(cast.pia)
    done = race(cast.app, [lambda: reputation.recalculate_queued(actor=pia)] * RACERS)
    assert sum(n for n in done if isinstance(n, int)) == 2
    assert count(ReputationSnapshot) == 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_score_computed_while_outcomes_arrive_is_right_at_the_end(cast: Cast, _round: int) -> None:
    job_id = posted(cast)
    waiting = [proposed(cast, job_id=job_id, name=f"Person {n}") for n in range(4)]
    carl, pia = cast.actor(cast.carl), cast.actor(cast.pia)
    decisions = [lambda p=p: proposals.decline(p, actor=carl, reason="salary") for p in waiting]
    sweeps = [lambda: (worked(), reputation.recalculate_queued(actor=pia))] * 4
    race(cast.app, [*decisions, *sweeps])
    scored()
    assert cast.rita.recruiter_id is not None
    profile = queries.profile(cast.rita.recruiter_id, viewer=pia)
    assert profile.figures is not None
    assert profile.figures.decided == 4
    assert profile.updated_at is not None
    assert profile.figures == scorer.replayed(cast.rita.recruiter_id, now=profile.updated_at)


def test_each_change_of_a_score_is_one_event(cast: Cast) -> None:
    a_declined_one(cast)
    worked()
    pia = cast.actor(cast.pia)
    assert cast.rita.recruiter_id is not None
    recruiter_id = cast.rita.recruiter_id
    race(cast.app, [lambda: reputation.recalculate_one(recruiter_id, actor=pia)] * RACERS)
    with Session(db.engine) as session:
        query = select(func.count()).where(MarketplaceEvent.type == "reputation.updated")
        assert session.scalar(query) == 1
