"""The leaderboard and the story of a score: ties, periods, the viewer's place, and what moved when."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from portal.queries.reputation import leaderboard as queries
from portal.queries.reputation import story as reputation_story
from portal.queries.reputation.leaderboard import Period
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.identity import accounts
from portal.services.reputation import reputation
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.hires import recruiters
from tests.histories import Sums, outcomes, scored, write
from tests.marketplace import proposed

GOOD = Sums(accepted=5, declined=5, hired=5, completed=5, failed=0)  # 100, 100, 50, 50 → 85
FAIR = Sums(accepted=5, declined=5, hired=5, completed=3, failed=2)  # 100, 60, 50, 50 → 73
FEW = Sums(accepted=2, declined=2, hired=2, completed=2, failed=0)


def recalculate(cast: Cast, at: datetime = DAY, *, cause: str = "recalculation") -> None:
    with simulated(at):
        list(reputation.recalculate_all(actor=cast.actor(cast.pia), cause=cause))


def board(cast: Cast, period: Period = Period.ALL_TIME, at: datetime = DAY) -> queries.Board:
    with simulated(at):
        return queries.board(cast.actor(cast.pia), period=period)


def have(cast: Cast, sums: Sums, *people: Person, at: datetime = DAY) -> None:
    for person in people:
        assert person.recruiter_id is not None
        write(cast, person.recruiter_id, sums, at=at)


def test_equal_scores_share_a_rank_and_the_next_one_counts_on(cast: Cast) -> None:
    first, second, third = recruiters(cast, 3)
    have(cast, GOOD, first, second)
    have(cast, FAIR, third, cast.omar)
    have(cast, FEW, cast.rita)
    recalculate(cast)
    found = board(cast)
    assert [(row.rank, row.recruiter_name, row.reputation_score) for row in found.rows] == [
        (1, "Recruiter 0", 85),
        (1, "Recruiter 1", 85),
        (3, "Omar", 73),
        (3, "Recruiter 2", 73),
    ]
    assert (found.ranked, found.counts) == (4, {85: 2, 73: 2})
    assert [found.rank_of(score) for score in (90, 85, 80, 73, 10)] == [1, 1, 3, 3, 5]
    assert found.is_tied(85)
    assert not found.is_tied(84)


def test_a_period_ranks_by_its_own_outcomes(cast: Cast) -> None:
    long_ago = DAY - timedelta(days=100)
    have(cast, FAIR, cast.rita, at=long_ago)
    have(cast, GOOD, cast.rita)
    have(cast, GOOD, cast.omar, at=long_ago)
    recalculate(cast)
    assert [(r.recruiter_name, r.reputation_score) for r in board(cast).rows] == [("Omar", 85), ("Rita", 79)]
    assert [r.recruiter_name for r in board(cast, Period.LAST_YEAR).rows] == ["Omar", "Rita"]
    (row,) = board(cast, Period.LAST_MONTH).rows
    assert (row.recruiter_name, row.reputation_score, row.before, row.change) == ("Rita", 85, 79, 6)
    with simulated(DAY):
        omar = cast.actor(cast.omar)
        own = queries.standing(omar, board(cast, Period.LAST_MONTH), period=Period.LAST_MONTH)
    assert own is not None
    assert (own.rank, own.figures.missing_decided, own.figures.missing_finished) == (None, 5, 3)


def test_everybody_finds_the_own_place(cast: Cast) -> None:
    have(cast, GOOD, cast.rita)
    have(cast, FAIR, cast.omar)
    recalculate(cast)
    with simulated(DAY):
        own = queries.standing(cast.actor(cast.omar), board(cast))
        assert own is not None
        assert (own.rank, own.is_active) == (2, True)
        assert queries.standing(cast.actor(cast.carl), board(cast)) is None
        (stranger,) = recruiters(cast, 1)
        unknown = queries.standing(cast.actor(stranger), board(cast))
    assert unknown is not None
    assert (unknown.rank, unknown.figures) == (None, queries.NOTHING)


def test_the_change_is_against_the_score_of_a_month_ago(cast: Cast) -> None:
    have(cast, FAIR, cast.rita, cast.omar, at=DAY - timedelta(days=60))
    recalculate(cast, DAY - timedelta(days=60))
    (newcomer,) = recruiters(cast, 1)
    have(cast, GOOD, cast.rita, newcomer)
    recalculate(cast)
    changes = {row.recruiter_name: row.change for row in board(cast).rows}
    assert changes == {"Rita": 6, "Omar": 0, "Recruiter 0": None}


def test_a_board_is_kept_until_a_score_or_a_status_changes(cast: Cast) -> None:
    have(cast, GOOD, cast.rita)
    recalculate(cast)
    first = board(cast)
    later = DAY + timedelta(minutes=5)
    assert board(cast, at=later).at == first.at
    have(cast, GOOD, cast.omar)
    recalculate(cast, later)
    assert (board(cast, at=later).at, board(cast, at=later).ranked) == (later, 2)
    assert cast.rita.recruiter_id is not None
    with simulated(later):
        accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="suspended")
        suspended = queries.standing(cast.actor(cast.rita), board(cast, at=later))
    assert board(cast, at=later).ranked == 1
    assert suspended is not None
    assert (suspended.rank, suspended.is_active) == (None, False)


def test_a_hit_needs_no_statement(cast: Cast) -> None:
    recalculate(cast)
    with simulated(DAY):
        viewer = cast.actor(cast.pia)
        queries.board(viewer)
        with statements() as seen:
            queries.board(viewer)
    assert seen == []


# --- the story ------------------------------------------------------------------------------------------------


def test_a_score_stays_until_something_happens(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    have(cast, FAIR, cast.rita, at=DAY - timedelta(days=500))
    recalculate(cast, datetime(2025, 8, 10, tzinfo=DAY.tzinfo))
    have(cast, GOOD, cast.rita, at=DAY - timedelta(days=100))
    recalculate(cast, datetime(2026, 8, 16, tzinfo=DAY.tzinfo))
    with simulated(DAY):
        story = reputation_story.story(cast.rita.recruiter_id, viewer=cast.actor(cast.carl))
    assert [at.strftime("%b %y") for at, _ in story.months] == [
        *("Dec 25", "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26"),
        *("Jun 26", "Jul 26", "Aug 26", "Sep 26", "Oct 26", "Nov 26"),
    ]
    assert [float(score or 0) for _, score in story.months] == [73.0] * 8 + [79.0] * 4
    assert story.first == (story.months[0][0], Decimal("73.00"))
    assert [float(score or 0) for score in story.scores][-1] == 79


def test_moves_name_the_component_the_figures_and_the_points(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    outcomes(cast, cast.rita, ["declined"], at=DAY - timedelta(days=3))
    with simulated(DAY - timedelta(days=2)):
        scored()
    write(cast, cast.rita.recruiter_id, Sums(1, 0, 2, 1, 1, ratings=(4, 5), answers=(84.0,)), at=DAY)
    recalculate(cast, DAY)
    write(cast, cast.rita.recruiter_id, Sums(0, 0, 0, 0, 0, ratings=(3,)), at=DAY)
    recalculate(cast, DAY + timedelta(hours=1))
    with simulated(DAY + timedelta(hours=2)):
        story = reputation_story.story(cast.rita.recruiter_id, viewer=cast.actor(cast.carl))
    assert [(m.component, m.text, float(m.points)) for m in story.moves] == [
        ("collaboration", "Average rating 4.00 over 3 ratings, was 4.50", -1.875),
        ("hire", "2 more hires, 1 more decided proposal", 40.0),
        ("collaboration", "Average rating 4.50 over 2 ratings", 5.625),
        ("completion", "1 more completed placement, 1 more failed placement", 0.0),
        ("responsiveness", "Average response 84.00 h over 1 request", 0.0),
    ]
    assert {m.cause for m in story.moves} == {"Platform recalculated the score"}


def test_what_reads_the_same_and_moves_nothing_is_no_move() -> None:
    figures = {**dict.fromkeys(("hire", "completion", "collaboration", "responsiveness"), 50.0), "decided": 2}
    figures |= {"placements": 0, "completed": 0, "failed": 2, "feedback_count": 0, "feedback_stars": None}
    old = {"figures": {**figures, "response_count": 6, "response_hours": 20.3301}, "at": DAY.isoformat()}
    new = {"figures": {**figures, "response_count": 6, "response_hours": 20.3349}, "at": DAY.isoformat()}
    assert reputation_story.moves(old, {**new, "cause": "outcome"}) == []


def test_what_drifts_unseen_adds_up_to_one_move(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    write(cast, cast.rita.recruiter_id, Sums(1, 1, 1, 1, 0, answers=(24.0,)), at=DAY - timedelta(days=9))
    with simulated(DAY):
        waits = proposals.ask(proposed(cast), actor=cast.actor(cast.hana), question="Is the notice period fixed?")
    for minutes in (0, 1, 2, 3, 60):
        recalculate(cast, DAY + timedelta(minutes=minutes), cause="outcome")
    with simulated(DAY + timedelta(hours=2)):
        proposals.answer(waits, actor=cast.actor(cast.rita), answer="It is three months.")
        story = reputation_story.story(cast.rita.recruiter_id, viewer=cast.actor(cast.carl))
    assert [(m.text, float(m.points), m.cause) for m in story.moves] == [
        ("Average response 12.50 h over 2 requests, was 12.00 h", -0.045, "Request answered or still pending")
    ]


def test_what_no_longer_counts_is_a_move_as_well() -> None:
    before = {**dict.fromkeys(("hire", "completion", "collaboration", "responsiveness"), 50.0), "decided": 2}
    before |= {"placements": 0, "completed": 0, "failed": 2, "feedback_count": 2, "feedback_stars": 3.0}
    before |= {"response_count": 0, "response_hours": None}
    after = {**before, "failed": 1, "feedback_count": 0, "feedback_stars": None, "decided": 1}
    old = {"figures": before, "at": DAY.isoformat(), "cause": "outcome"}
    new = {"figures": after, "at": DAY.isoformat(), "cause": "appeal"}
    assert [(m.text, m.cause) for m in reputation_story.moves(old, new)] == [
        ("1 fewer decided proposal", "Appeal upheld"),
        ("1 fewer failed placement", "Appeal upheld"),
        ("No rating counts anymore", "Appeal upheld"),
    ]
