"""Appeals: what may be contested, by whom, and that a ruling does to the score what was predicted."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.extensions import db
from portal.models import MarketplaceEvent
from portal.queries.reputation import appeals as queries
from portal.queries.reputation import reputation as scores
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import amendments, placements
from portal.services.reputation import appeals, feedback
from tests import scorer
from tests.cast import DAY, Cast
from tests.hires import hired, recruiters, share
from tests.histories import WHY, contested, ended_team, outcomes, rated, scored, stored
from tests.marketplace import later, proposed


def declined(cast: Cast) -> uuid.UUID:
    outcomes(cast, cast.rita, ["hired", "declined"])
    proposal_id = proposed(cast, name="Contested Person")
    proposals.decline(proposal_id, actor=cast.actor(cast.carl), reason="position_filled")
    return proposal_id


def failed(cast: Cast) -> uuid.UUID:
    outcomes(cast, cast.rita, ["completed"])
    return outcomes(cast, cast.rita, ["failed"])[0]


def answered_late(cast: Cast) -> uuid.UUID:
    proposal_id = proposed(cast, name="Late Answer")
    question = proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="Is the notice period fixed?")
    with simulated(later(days=6)):
        proposals.answer(question, actor=cast.actor(cast.rita), answer="It is three months.")
    return question


def amended(cast: Cast) -> uuid.UUID:
    """Propose another sheet as omar, which rita does not answer."""
    assert cast.omar.recruiter_id is not None
    assert cast.rita.recruiter_id is not None
    placement_id = hired(cast, name="Shared Person")
    share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date())
    lines = (
        Agreed(cast.rita.recruiter_id, "sourcer", 3_000),
        Agreed(cast.rita.recruiter_id, "submitter", 3_000),
        Agreed(cast.omar.recruiter_id, "closer", 4_000),
    )
    made = amendments.propose(placement_id, actor=cast.actor(cast.omar), lines=lines, reason="I did more.")
    return made.id


INPUTS: dict[str, Callable[[Cast], uuid.UUID]] = {
    "proposal": declined,
    "placement": failed,
    "question": answered_late,
    "amendment": amended,
    "feedback": rated,
}


@pytest.mark.parametrize("kind", INPUTS)
def test_leaving_an_input_out_changes_the_score_as_predicted(cast: Cast, kind: str) -> None:
    with simulated(DAY):
        input_id = INPUTS[kind](cast)
    with simulated(later(days=10)):
        scored()
        offered = {choice.value for choice in queries.contestable(cast.actor(cast.rita))}
        assert f"{kind}:{input_id}" in offered
        appeal_id = contested(cast, kind, input_id)
        assert f"{kind}:{input_id}" not in {choice.value for choice in queries.contestable(cast.actor(cast.rita))}
        pia = cast.actor(cast.pia)
        predicted = queries.prediction(queries.detail(appeal_id, viewer=pia), viewer=pia)
        row = stored(cast.rita)
        assert row is not None
        assert predicted is not None
        assert row.score == predicted.before.score
        appeals.rule(appeal_id, actor=pia, exclude=True, ruling="The dates show it.")
        assert cast.rita.recruiter_id is not None
        profile = scores.profile(cast.rita.recruiter_id, viewer=pia)
        assert profile.figures == predicted.after
        assert profile.figures == scorer.replayed(cast.rita.recruiter_id, now=pia.now)
        if kind != "feedback":  # where one of two ratings goes, the other is too few to be seen
            assert predicted.after.score > predicted.before.score


def test_keeping_an_input_changes_nothing_and_says_why(cast: Cast) -> None:
    appeal_id = contested(cast, "proposal", declined(cast))
    scored()
    before = stored(cast.rita)
    appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=False, ruling="The role was open.")
    scored()
    after = stored(cast.rita)
    assert before is not None
    assert after is not None
    assert before.updated_at == after.updated_at
    told = queries.detail(appeal_id, viewer=cast.actor(cast.rita))
    assert (told.state, told.ruling, told.ruled_by, told.may_rule) == ("kept", "The role was open.", "Pia", False)


def test_an_amendment_left_out_for_one_still_counts_for_the_others(cast: Cast) -> None:
    with simulated(DAY):
        input_id = amended(cast)
    with simulated(later(days=7)):
        appeal_id = contested(cast, "amendment", input_id)
        appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=True, ruling="She was on leave.")
    assert cast.omar.recruiter_id is not None
    figures = scorer.replayed(cast.omar.recruiter_id, now=later(days=8))
    assert figures.response_count in {0, 1}
    with pytest.raises(NotFound):
        contested(cast, "amendment", uuid.uuid4(), cast.omar)


def test_one_rating_alone_cannot_be_contested(cast: Cast) -> None:
    placement_id, third = ended_team(cast)
    assert cast.rita.recruiter_id is not None
    feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(third), stars=5)
    assert not [c for c in queries.contestable(cast.actor(cast.rita)) if c.value.startswith("feedback:")]


def test_only_who_rules_reads_what_a_rating_does_to_the_score(cast: Cast) -> None:
    with simulated(DAY):
        input_id = rated(cast)
    with simulated(later(days=10)):
        appeal_id = contested(cast, "feedback", input_id)
        rita = cast.actor(cast.rita)
        assert queries.prediction(queries.detail(appeal_id, viewer=rita), viewer=rita) is None


def test_nobody_contests_under_the_address_of_another(cast: Cast) -> None:
    proposal_id = declined(cast)
    assert cast.omar.recruiter_id is not None
    with pytest.raises(NotFound):
        appeals.contest(
            cast.omar.recruiter_id, actor=cast.actor(cast.rita), kind="proposal", input_id=proposal_id, reason=WHY
        )


@pytest.mark.parametrize("kind", INPUTS)
def test_nobody_contests_what_is_not_theirs(cast: Cast, kind: str) -> None:
    with simulated(DAY):
        input_id = INPUTS[kind](cast)
    stranger = recruiters(cast, 1)[0]
    for who, what in ((stranger, input_id), (cast.rita, uuid.uuid4())):
        with pytest.raises(NotFound):
            contested(cast, kind, what, who)


def test_what_does_not_hurt_cannot_be_contested(cast: Cast) -> None:
    with simulated(DAY):
        layoff = hired(cast, name="Laid Off")
        placements.activate(layoff, actor=cast.actor(cast.carl), start_date=DAY.date())
        placements.fail(layoff, actor=cast.actor(cast.carl), reason="layoff")
        done = outcomes(cast, cast.rita, ["completed"])[0]
    for placement_id in (layoff, done):
        with pytest.raises(NotFound):
            contested(cast, "placement", placement_id)


def test_an_appeal_is_opened_once_with_a_reason(cast: Cast) -> None:
    proposal_id = declined(cast)
    actor, own = cast.actor(cast.rita), cast.rita.recruiter_id
    assert own is not None
    with pytest.raises(InvalidInput):
        appeals.contest(own, actor=actor, kind="proposal", input_id=proposal_id, reason="no")
    with pytest.raises(InvalidInput):
        contested(cast, "weather", proposal_id)
    contested(cast, "proposal", proposal_id)
    with pytest.raises(Conflict) as refused:
        contested(cast, "proposal", proposal_id)
    assert refused.value.code == "APPEALED_ALREADY"
    with pytest.raises(NotPermitted):
        appeals.contest(own, actor=cast.actor(cast.carl), kind="proposal", input_id=proposal_id, reason=WHY)


def test_only_platform_admins_rule_and_only_once(cast: Cast) -> None:
    appeal_id = contested(cast, "proposal", declined(cast))
    pia = cast.actor(cast.pia)
    with pytest.raises(NotPermitted):
        appeals.rule(appeal_id, actor=cast.actor(cast.rita), exclude=True, ruling="I am right.")
    with pytest.raises(InvalidInput):
        appeals.rule(appeal_id, actor=pia, exclude=True, ruling="")
    with pytest.raises(NotFound):
        appeals.rule(uuid.uuid4(), actor=pia, exclude=True, ruling="The dates show it.")
    appeals.rule(appeal_id, actor=pia, exclude=True, ruling="The dates show it.")
    for exclude in (True, False):
        with pytest.raises(Conflict, match="the result was excluded") as refused:
            appeals.rule(appeal_id, actor=pia, exclude=exclude, ruling="The dates show it.")
        assert refused.value.code == "APPEAL_RULED"


def test_a_second_ruling_says_that_the_input_was_kept(cast: Cast) -> None:
    appeal_id = contested(cast, "proposal", declined(cast))
    pia = cast.actor(cast.pia)
    appeals.rule(appeal_id, actor=pia, exclude=False, ruling="The role was open.")
    with pytest.raises(Conflict, match="the result was kept"):
        appeals.rule(appeal_id, actor=pia, exclude=True, ruling="The dates show it.")


def test_each_step_is_an_event(cast: Cast) -> None:
    appeal_id = contested(cast, "proposal", declined(cast))
    appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=True, ruling="The dates show it.")
    query = select(MarketplaceEvent.payload).where(MarketplaceEvent.type == "reputation.appealed")
    with Session(db.engine) as session:
        told = list(session.scalars(query.order_by(MarketplaceEvent.id)))
    assert [(p["step"], p["appeal_id"]) for p in told] == [("opened", str(appeal_id)), ("excluded", str(appeal_id))]


def test_a_rating_shows_who_gave_it_to_the_judge_alone(cast: Cast) -> None:
    with simulated(DAY):
        appeal_id = contested(cast, "feedback", rated(cast))
    for who, expected in ((cast.pia, "1 of 5 by Omar: Hard."), (cast.rita, None)):
        found = queries.detail(appeal_id, viewer=cast.actor(who))
        assert (found.rating, found.what) == (expected, "A rating of November 2026")
        assert (found.url is not None) is (who is cast.pia)
    assert queries.open_count(cast.actor(cast.pia)) == 1
    assert queries.open_count(cast.actor(cast.rita)) == 0
    assert queries.contestable(cast.actor(cast.carl)) == ()


def test_the_appeals_of_one_recruiter_are_for_the_recruiter_and_the_platform(cast: Cast) -> None:
    first = contested(cast, "proposal", declined(cast))
    second = contested(cast, "placement", failed(cast))
    for viewer in (cast.rita, cast.pia):
        page = queries.of_recruiter(cast.rita.recruiter_id, viewer=cast.actor(viewer))
        assert [a.id for a in page.rows] == [second, first]
        page = queries.of_recruiter(cast.rita.recruiter_id, viewer=cast.actor(viewer), before=second)
        assert [a.id for a in page.rows] == [first]
    for stranger in (cast.omar, cast.zoe):
        with pytest.raises(NotFound):
            queries.of_recruiter(cast.rita.recruiter_id, viewer=cast.actor(stranger))
