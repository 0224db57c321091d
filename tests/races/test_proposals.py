"""Races on proposals, on PostgreSQL with threads behind a barrier: exactly one wins, the others are told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import MarketplaceEvent, Proposal, ProposalStateChange
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, proposals_in_bulk
from tests.cast import DAY, Cast
from tests.marketplace import WEEK_LATER, claimed, later, posted, proposed
from tests.racing import race, refusals
from tests.tables import count

ROUNDS = 5


def ends(proposal_id: uuid.UUID) -> list[str]:
    with Session(db.engine) as session:
        query = select(ProposalStateChange.to_state).where(
            ProposalStateChange.proposal_id == proposal_id, ProposalStateChange.to_state != "proposed"
        )
        return list(session.scalars(query))


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_accept_decline_withdraw_and_expire_one_wins(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        made = proposed(cast)
    hana, carl, rita = (cast.actor(who) for who in (cast.hana, cast.carl, cast.rita))
    # Every command finds the proposal undecided; the clock stands still a moment before the deadline for people.
    with Session(db.engine) as session, session.begin():
        session.get_one(Proposal, made).expires_at = later(days=1)
    with simulated(later(days=1)):
        results = race(
            cast.app,
            [
                lambda: proposals.withdraw(made, actor=rita),
                lambda: proposals_in_bulk.expire_due(actor=system_actor(DAY)),
                lambda: proposals.accept(made, actor=hana),
                lambda: proposals.decline(made, actor=carl, reason="other"),
            ],
        )
    assert len(ends(made)) == 1
    assert ends(made)[0] in {"withdrawn", "timeout"}  # at the deadline nobody decides any more
    assert all(isinstance(r, Conflict) for r in refusals(results))
    assert len(refusals(results)) >= 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_eight_decisions_one_wins_and_the_others_are_told_which(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        made = proposed(cast)
        hana, carl, rita = (cast.actor(who) for who in (cast.hana, cast.carl, cast.rita))
        results = race(
            cast.app,
            [
                lambda: proposals.accept(made, actor=hana),
                lambda: proposals.accept(made, actor=carl),
                lambda: proposals.decline(made, actor=hana, reason="salary"),
                lambda: proposals.decline(made, actor=carl, reason="other"),
                lambda: proposals.withdraw(made, actor=rita),
                lambda: proposals.withdraw(made, actor=rita),
                lambda: proposals_in_bulk.expire_due(actor=system_actor(DAY)),
                lambda: proposals.accept(made, actor=hana),
            ],
        )
    lost = refusals(results)
    assert (len(ends(made)), len(lost)) == (1, 6)
    assert all(f"was {ends(made)[0]} by " in r.message for r in lost)
    assert count(MarketplaceEvent, MarketplaceEvent.proposal_id == made) == 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_an_acceptance_against_the_end_of_the_job(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        job_id = posted(cast)
        made = proposed(cast, job_id=job_id)
        hana, carl = cast.actor(cast.hana), cast.actor(cast.carl)
        commands = [lambda: proposals.accept(made, actor=hana)] * 3
        race(cast.app, [*commands, lambda: jobs.change_status(job_id, actor=carl, status="closed")])
    assert len(ends(made)) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_no_proposal_slips_in_while_the_job_closes(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        job_id, candidates = posted(cast), [claimed(cast) for _ in range(7)]
        proposed(cast, job_id=job_id)  # so that rita sees the job when it is closed
        rita, carl = cast.actor(cast.rita), cast.actor(cast.carl)

        def propose(candidate_id: uuid.UUID) -> Callable[[], object]:
            return lambda: proposals.create(candidate_id, job_id, actor=rita, pitch="x")

        close = partial(jobs.change_status, job_id, actor=carl, status="closed")
        race(cast.app, [*map(propose, candidates), close])
    assert count(Proposal, Proposal.job_id == job_id, Proposal.closed_at.is_(None)) == 0


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_eight_duplicate_proposals_one_wins(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        candidate_id, job_id, rita = claimed(cast), posted(cast), cast.actor(cast.rita)
        propose = partial(proposals.create, candidate_id, job_id, actor=rita, pitch="x")
        results = race(cast.app, [propose] * 8)
    assert [r.code for r in refusals(results)] == ["DUPLICATE_PROPOSAL"] * 7
    assert count(Proposal) == 1


def test_of_eight_posts_of_the_form_one_is_answered_with_a_proposal(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id, job_id = claimed(cast), posted(cast)
        client = cast.client(cast.rita)
        form = {"candidate_id": str(candidate_id), "job_id": str(job_id), "pitch": "x"}
        form["csrf_token"] = client.csrf_token("/proposals/new")
        cookie = client.get_cookie(cast.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None

        def post() -> int:
            browser = cast.app.test_client()
            browser.set_cookie(cookie.key, cookie.value)
            return browser.post("/proposals/new", data=form).status_code

        results = race(cast.app, [post] * 8)
    assert sorted(map(int, results)) == [303, *[409] * 7]  # type: ignore[call-overload]
    assert count(Proposal) == 1


@pytest.mark.parametrize("_round", range(3))
def test_two_timeout_jobs_share_the_work(cast: Cast, monkeypatch: pytest.MonkeyPatch, _round: int) -> None:
    monkeypatch.setattr(proposals_in_bulk, "EXPIRE_CHUNK", 3)
    with simulated(DAY):
        job_id = posted(cast)
        made = [proposed(cast, job_id=job_id) for _ in range(20)]
    with simulated(WEEK_LATER):
        results = race(cast.app, [lambda: proposals_in_bulk.expire_due(actor=system_actor(DAY))] * 4)
        rest = proposals_in_bulk.expire_due(actor=system_actor(DAY)).processed  # a job stops at what another one holds
    done = [r for r in results if isinstance(r, proposals_in_bulk.Expired)]
    assert sum(r.processed for r in done) + rest == 20
    assert all(ends(p) == ["timeout"] for p in made)
    assert count(MarketplaceEvent, MarketplaceEvent.type == "proposal.timeout") == 20


@pytest.mark.parametrize("_round", range(3))
def test_two_reminder_jobs_remind_once(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        job_id = posted(cast)
        for _ in range(8):
            proposed(cast, job_id=job_id)
    with simulated(later(days=6)):
        results = race(cast.app, [lambda: proposals_in_bulk.remind_due(actor=system_actor(DAY))] * 4)
    assert sum(map(int, results)) == 8  # type: ignore[call-overload]
    assert count(MarketplaceEvent, MarketplaceEvent.type == "proposal.expiring") == 8


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_eight_answers_the_first_counts(cast: Cast, _round: int) -> None:
    with simulated(DAY):
        question_id = proposals.ask(proposed(cast), actor=cast.actor(cast.hana), question="?")
        rita = cast.actor(cast.rita)
        results = race(cast.app, [lambda: proposals.answer(question_id, actor=rita, answer="x")] * 8)
    assert [r.code for r in refusals(results)] == ["ALREADY_ANSWERED"] * 7


def test_of_two_who_propose_the_same_several_for_one_job_one_wins(cast: Cast) -> None:
    with simulated(DAY):
        job_id, ids, rita = posted(cast), [claimed(cast, name=f"Number {n}") for n in range(4)], cast.actor(cast.rita)
        pitches = [proposals.Pitch(id, "Fits.") for id in ids]
        shown = proposals.NOTHING_SHOWN
        results = race(
            cast.app,
            [
                lambda: proposals_in_bulk.propose_chosen(pitches, job_id, actor=rita, terms_shown=shown),
                lambda: proposals_in_bulk.propose_chosen(pitches[::-1], job_id, actor=rita, terms_shown=shown),
                lambda: proposals.create(ids[2], job_id, actor=rita, pitch="Fits."),
            ],
        )
    assert {refusal.code for refusal in refusals(results)} == {"DUPLICATE_PROPOSAL"}
    assert len(refusals(results)) == 2
    assert count(Proposal) in {1, 4}
