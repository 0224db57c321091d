"""Scores from source rows: the statement gives what the rules give, and only changes leave a trace."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import reputation as rules
from portal.domain.collaboration import Agreed
from portal.domain.errors import NotFound, NotPermitted
from portal.extensions import db
from portal.jobs import schedule
from portal.models import MarketplaceEvent, ReputationQueue, ReputationSnapshot
from portal.queries.reputation import reputation as queries
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import amendments, placements
from portal.services.reputation import feedback, reputation
from tests import scorer
from tests.cast import DAY, Cast
from tests.hires import active, hired, recruiters, share
from tests.histories import Sums, outcomes, scored, stored, write
from tests.letters import worked
from tests.marketplace import later, posted, proposed
from tests.tables import count


def waiting() -> set[uuid.UUID]:
    with Session(db.engine) as session:
        return set(session.scalars(select(ReputationQueue.recruiter_id)))


def replayed(cast: Cast, recruiter_id: uuid.UUID | None) -> queries.Figures:
    """Compute a score again as of the moment when it was stored."""
    assert recruiter_id is not None
    viewer = cast.actor(cast.pia)
    found = queries.profile(recruiter_id, viewer=viewer)
    assert found.updated_at is not None
    again = scorer.replayed(recruiter_id, now=found.updated_at)
    assert found.figures == again
    return again


def test_a_recruiter_without_history_is_neutral_and_provisional(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    done = reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
    assert (done.before, done.after) == (None, 50)
    again = reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
    assert (again.before, again.after, again.changes) == (50, 50, {})
    assert replayed(cast, cast.rita.recruiter_id).provisional


def test_everybody_is_recalculated_with_progress(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reputation, "CHUNK", 1)
    assert list(reputation.recalculate_all(actor=cast.actor(cast.pia))) == [(1, 2), (2, 2)]


def test_only_platform_admins_recalculate(cast: Cast) -> None:
    actor, somebody = cast.actor(cast.carl), uuid.uuid4()
    for command in (
        lambda: reputation.recalculate_one(somebody, actor=actor),
        lambda: list(reputation.recalculate_all(actor=actor)),
        lambda: reputation.recalculate_queued(actor=actor),
        lambda: reputation.queue_all(actor=actor),
        lambda: reputation.queue_ageing(actor=actor),
        lambda: reputation.snapshot_weekly(actor=actor),
        lambda: queries.progress(viewer=actor),
    ):
        with pytest.raises(NotPermitted):
            command()
    with pytest.raises(NotFound):
        reputation.recalculate_one(somebody, actor=cast.actor(cast.pia))


def test_the_statement_gives_what_the_rules_give_for_any_figures(cast: Cast) -> None:
    chance, expected = random.Random(4), {}
    for person in recruiters(cast, 40):
        assert person.recruiter_id is not None
        hires = chance.randint(0, 9)
        completed = chance.randint(0, hires)
        sums = Sums(
            accepted=hires + chance.randint(0, 3),
            declined=chance.randint(0, 12),
            hired=hires,
            completed=completed,
            failed=chance.randint(0, hires - completed),
            ratings=tuple(chance.randint(1, 5) for _ in range(chance.choice((0, 1, 2, 3, 7)))),
            answers=tuple(chance.uniform(0, 300) for _ in range(chance.choice((0, 0, 1, 4)))),
        )
        write(cast, person.recruiter_id, sums)
        expected[person.recruiter_id] = sums
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    for recruiter_id, sums in expected.items():
        found = replayed(cast, recruiter_id)
        ours = scorer.Inputs(
            sums.accepted + sums.declined,
            sums.hired,
            sums.completed,
            sums.failed,
            found.feedback_stars,
            found.response_hours,
        )
        mark = scorer.score(ours)
        assert (found.hire, found.completion) == (mark.hire, mark.completion)
        assert (found.collaboration, found.responsiveness) == (mark.collaboration, mark.responsiveness)
        assert (found.score, found.provisional) == (mark.exact, ours.provisional)
        assert (found.feedback_stars is None) == (len(sums.ratings) < rules.MIN_RATERS)
        if sums.answers:
            assert float(found.response_hours or 0) == pytest.approx(sum(sums.answers) / len(sums.answers), abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_replaying_a_random_history_gives_the_stored_score(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    words = ("declined", "hired", "failed", "completed")
    for who in (cast.rita, cast.omar):
        outcomes(cast, who, [chance.choice(words) for _ in range(chance.randint(1, 7))])
    with simulated(later(days=1)):
        asked = proposed(cast, name="Asked About")
        question = proposals.ask(asked, actor=cast.actor(cast.hana), question="Is the notice period fixed?")
    if chance.random() < 0.5:
        with simulated(later(days=1, hours=chance.randint(1, 100))):
            proposals.answer(question, actor=cast.actor(cast.rita), answer="It is three months.")
    with simulated(later(days=chance.randint(1, 6))):
        scored()
    for who in (cast.rita, cast.omar):
        replayed(cast, who.recruiter_id)


def test_a_burst_of_events_recomputes_once(cast: Cast) -> None:
    outcomes(cast, cast.rita, ["declined"] * 6 + ["completed"] * 2)
    worked()
    assert waiting() == {cast.rita.recruiter_id}
    assert reputation.recalculate_queued(actor=cast.actor(cast.pia)) == 1
    assert waiting() == set()
    assert count(ReputationSnapshot) == count(MarketplaceEvent, MarketplaceEvent.type == "reputation.updated") == 1
    row = stored(cast.rita)
    assert row is not None
    assert (row.decided, row.placements, row.completed, row.hire) == (8, 2, 2, Decimal("55.56"))


def test_figures_that_change_without_moving_the_score_are_kept_but_no_news(cast: Cast) -> None:
    for _ in range(2):
        outcomes(cast, cast.rita, ["hired"])
        scored()
    assert reputation.recalculate_queued(actor=cast.actor(cast.pia)) == 0
    assert count(ReputationSnapshot) == 2
    assert count(MarketplaceEvent, MarketplaceEvent.type == "reputation.updated") == 1


def test_the_queue_is_worked_off_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reputation, "CHUNK", 2)
    recruiters(cast, 3)
    pia = cast.actor(cast.pia)
    assert reputation.queue_all(actor=pia) == reputation.queue_all(actor=pia) == 5
    assert (queries.progress(viewer=pia).waiting, queries.progress(viewer=pia).done) == (5, 0)
    assert reputation.recalculate_queued(actor=pia) == 5
    assert (queries.progress(viewer=pia).waiting, queries.progress(viewer=pia).done) == (0, 5)


def test_layoffs_changed_roles_and_single_ratings_do_not_count(cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    with simulated(DAY):
        for n, reason in enumerate(("layoff", "role_changed", "terminated_performance")):
            placement_id = hired(cast, name=f"Person {n}")
            share(cast, placement_id, cast.omar, "closer", 1_000)
            placements.activate(placement_id, actor=carl, start_date=DAY.date())
            placements.fail(placement_id, actor=carl, reason=reason)
            assert cast.rita.recruiter_id is not None
            feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.omar), stars=5)
        scored()
    row = stored(cast.rita)
    assert row is not None
    assert (row.placements, row.completed, row.failed) == (3, 0, 1)
    assert (row.feedback_count, row.feedback_stars) == (0, None)  # three ratings of one person are no two raters


def test_an_amendment_asks_for_an_answer_and_its_end_stops_the_clock(cast: Cast) -> None:
    assert cast.omar.recruiter_id is not None
    assert cast.rita.recruiter_id is not None
    with simulated(DAY):
        placement_id = hired(cast)
        share(cast, placement_id, cast.omar, "closer", 3_000)
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date())
        lines = (
            Agreed(cast.rita.recruiter_id, "sourcer", 4_000),
            Agreed(cast.rita.recruiter_id, "submitter", 4_000),
            Agreed(cast.omar.recruiter_id, "closer", 2_000),
        )
        scored()
        asked = amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason="He did less.")
        scored()
    with simulated(later(hours=84)):
        assert reputation.queue_ageing(actor=cast.actor(cast.pia)) == 1
        schedule.BY_NAME["recalculate_scores"].do()
        row = stored(cast.omar)
        assert row is not None
        assert (row.response_count, row.response_hours, row.responsiveness) == (1, 84, 50)
        assert reputation.queue_ageing(actor=cast.actor(cast.pia)) == 0
    with simulated(later(hours=90)):
        amendments.withdraw(asked.id, actor=cast.actor(cast.rita))
    with simulated(later(hours=100)):
        schedule.BY_NAME["age_scores"].do()
        schedule.BY_NAME["recalculate_scores"].do()
        schedule.BY_NAME["age_scores"].do()
        assert waiting() == set()
    row = stored(cast.omar)
    assert row is not None
    assert row.response_hours == 90


def test_who_leaves_a_question_open_sinks_until_the_proposal_ends(cast: Cast) -> None:
    with simulated(DAY):
        proposal_id = proposed(cast)
        proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="Is the notice period fixed?")
        scored()
    with simulated(later(hours=42)):
        schedule.BY_NAME["age_scores"].do()
        schedule.BY_NAME["recalculate_scores"].do()
        assert (row := stored(cast.rita)) is not None
        assert row.responsiveness == 75
    with simulated(later(hours=50)):
        proposals.withdraw(proposal_id, actor=cast.actor(cast.rita))
    with simulated(later(hours=100)):
        scored()
    assert (row := stored(cast.rita)) is not None
    assert row.response_hours == 50


def test_a_snapshot_is_kept_once_a_week_and_at_every_change(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    with simulated(DAY):
        list(reputation.recalculate_all(actor=pia))
        assert reputation.snapshot_weekly(actor=pia) == 0
    with simulated(later(days=8)):
        schedule.BY_NAME["snapshot_scores"].do()
        assert reputation.snapshot_weekly(actor=pia) == 0
    assert cast.rita.recruiter_id is not None
    causes = [p.cause for p in queries.history(cast.rita.recruiter_id, viewer=pia)]
    assert causes == ["weekly", "recalculation"]
    since = (DAY + timedelta(days=1)).date()
    assert len(queries.history(cast.rita.recruiter_id, viewer=pia, start=since, end=since)) == 0


def test_badges_come_from_the_cache_until_the_score_changes(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    ids = [cast.rita.recruiter_id]
    assert queries.badges(ids)[ids[0]] == queries.NEW
    outcomes(cast, cast.rita, ["declined"])
    assert queries.badges(ids)[ids[0]] == queries.NEW
    scored()
    assert queries.badges(ids)[ids[0]] == queries.Badge(30, provisional=True)
    assert queries.badges([]) == {}


def test_an_active_placement_alone_changes_hire_only(cast: Cast) -> None:
    active(cast, job_id=posted(cast))
    scored()
    assert (row := stored(cast.rita)) is not None
    assert (row.hire, row.completion, row.score) == (100, 50, 70)
