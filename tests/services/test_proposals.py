"""Proposals (domain.md §3), from creation to one of the four ends."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, WrongState
from portal.domain.ids import SYSTEM_USER_ID
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Job, MarketplaceEvent, OutboxEntry, Proposal, ProposalQuestion, ProposalStateChange, Recruiter
from portal.queries.proposals import detail
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, proposals_in_bulk
from portal.services.candidates import ownership
from tests.cast import DAY, Cast, Person
from tests.marketplace import WEEK_LATER, claimed, later, posted, proposed

SECOND = timedelta(seconds=1)
Command = Callable[[Cast, uuid.UUID], object]


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def row(proposal_id: uuid.UUID) -> Proposal:
    with Session(db.engine) as session:
        return session.get_one(Proposal, proposal_id)


def history(proposal_id: uuid.UUID) -> list[tuple[str | None, str, uuid.UUID]]:
    with Session(db.engine) as session:
        query = select(ProposalStateChange).where(ProposalStateChange.proposal_id == proposal_id)
        return [(c.from_state, c.to_state, c.by) for c in session.scalars(query.order_by(ProposalStateChange.id))]


def events(proposal_id: uuid.UUID) -> list[tuple[str, dict[str, Any]]]:
    with Session(db.engine) as session:
        query = select(MarketplaceEvent).where(MarketplaceEvent.proposal_id == proposal_id)
        return [(e.type, e.payload) for e in session.scalars(query.order_by(MarketplaceEvent.id))]


def accept(cast: Cast, proposal_id: uuid.UUID, who: Person | None = None) -> uuid.UUID:
    return proposals.accept(proposal_id, actor=cast.actor(who or cast.hana))


def decline(cast: Cast, proposal_id: uuid.UUID, reason: str = "salary") -> uuid.UUID:
    return proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason=reason)


def withdraw(cast: Cast, proposal_id: uuid.UUID) -> uuid.UUID:
    return proposals.withdraw(proposal_id, actor=cast.actor(cast.rita))


def review(cast: Cast, proposal_id: uuid.UUID) -> uuid.UUID:
    return proposals.review(proposal_id, actor=cast.actor(cast.hana))


def ask(cast: Cast, proposal_id: uuid.UUID) -> uuid.UUID:
    return proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When can she start?")


def expire(cast: Cast, _proposal_id: uuid.UUID) -> object:
    return proposals_in_bulk.expire_due(actor=system_actor(DAY))


# --- create -------------------------------------------------------------------------------------------------


def test_a_proposal_waits_for_the_company_for_seven_days(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast, currency="EUR")
    made = row(proposed(cast, candidate_id=candidate_id, job_id=job_id, pitch="  Knows ranking.\r\n"))
    assert (made.state, made.expires_at, made.currency) == ("proposed", WEEK_LATER, "EUR")
    assert (made.company_id, made.recruiter_id, made.pitch) == (cast.acme, cast.rita.recruiter_id, "Knows ranking.")
    assert history(made.id) == [(None, "proposed", cast.rita.user_id)]
    assert [name for name, _ in events(made.id)] == ["proposal.created"]
    assert events(made.id)[0][1]["expires_at"] == "2026-12-01T09:00:00Z"


def test_the_job_may_give_another_time(cast: Cast) -> None:
    made = row(proposed(cast, job_id=posted(cast, proposal_days=3)))
    assert made.expires_at == later(days=3)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pitch": "  "}, "pitch"),
        ({"pitch": "x" * 5_001}, "pitch"),
        ({"pitch": "a\x00b"}, "pitch"),
        ({"salary": 0}, "expected_salary_minor"),
        ({"salary": -1}, "expected_salary_minor"),
        ({"salary": 10**13 + 1}, "expected_salary_minor"),
    ],
)
def test_a_bad_pitch_or_salary_is_refused(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        proposed(cast, **values)
    assert list(refusal.value.fields) == [field]


def test_a_salary_need_not_be_named(cast: Cast) -> None:
    assert row(proposed(cast, salary=None)).expected_salary_minor is None


def test_only_recruiters_propose(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    for who in (cast.carl, cast.hana, cast.pia):
        with pytest.raises(NotPermitted):
            proposals.create(candidate_id, job_id, actor=cast.actor(who), pitch="x")


def test_a_suspended_recruiter_does_not_propose(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    with Session(db.engine) as session, session.begin():
        session.get_one(Recruiter, cast.rita.recruiter_id).status = "suspended"
    with pytest.raises(NotPermitted, match="not active"):
        proposed(cast, candidate_id=candidate_id, job_id=job_id)


def test_somebody_elses_candidate_does_not_exist(cast: Cast) -> None:
    with pytest.raises(NotFound):
        proposed(cast, cast.omar, candidate_id=claimed(cast), job_id=posted(cast))
    with pytest.raises(NotFound):
        proposed(cast, candidate_id=uuid.uuid4(), job_id=posted(cast))


def test_a_claim_is_needed_and_it_must_be_live(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    with simulated(later(days=365)), pytest.raises(Conflict) as refusal:
        proposed(cast, candidate_id=candidate_id, job_id=job_id)
    assert refusal.value.code == "CLAIM_REQUIRED"
    with simulated(later(days=365) - SECOND):
        proposed(cast, candidate_id=candidate_id, job_id=job_id)


def test_a_candidate_whom_a_rival_claimed_since_is_protected(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    with simulated(later(days=365)):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
        with pytest.raises(Conflict, match="23 Nov 2028") as refusal:
            proposed(cast, candidate_id=candidate_id, job_id=job_id)
    assert refusal.value.code == "CANDIDATE_PROTECTED"
    assert refusal.value.message.endswith("Nothing was saved.")  # a proposal is no claim: nobody is told
    assert refusal.value.details == {"protection_expires_at": "2028-11-23T09:00:00.000Z"}


def test_a_job_takes_proposals_only_while_it_is_open(cast: Cast) -> None:
    with pytest.raises(NotFound):
        proposed(cast, job_id=posted(cast, status="draft"))
    with pytest.raises(NotFound):
        proposed(cast, job_id=uuid.uuid4())
    job_id = posted(cast)
    proposed(cast, job_id=job_id)  # now rita sees the job whatever becomes of it
    jobs.change_status(job_id, actor=cast.actor(cast.carl), status="paused")
    with pytest.raises(Conflict, match="This job is paused") as refusal:
        proposed(cast, job_id=job_id)
    assert refusal.value.code == "JOB_NOT_ACTIVE"


def test_a_candidate_is_proposed_once_for_a_job_until_declined(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    first = proposed(cast, candidate_id=candidate_id, job_id=job_id)
    with pytest.raises(Conflict) as refusal:
        proposed(cast, candidate_id=candidate_id, job_id=job_id)
    assert refusal.value.code == "DUPLICATE_PROPOSAL"
    decline(cast, first)
    accept(cast, proposed(cast, candidate_id=candidate_id, job_id=job_id))
    with pytest.raises(Conflict, match="already been proposed"):
        proposed(cast, candidate_id=candidate_id, job_id=job_id)


# --- decide -------------------------------------------------------------------------------------------------


def test_a_review_keeps_the_clock_running(cast: Cast) -> None:
    made = proposed(cast)
    with simulated(later(hours=2)):
        review(cast, made)
    seen = row(made)
    assert (seen.state, seen.reviewed_at, seen.reviewed_by) == ("company_reviewing", later(hours=2), cast.hana.user_id)
    assert seen.expires_at == WEEK_LATER
    assert history(made)[-1] == ("proposed", "company_reviewing", cast.hana.user_id)
    assert events(made)[-1][0] == "proposal.reviewing"


def test_an_acceptance_says_who_when_and_how_fast(cast: Cast) -> None:
    made = proposed(cast)
    with simulated(later(hours=1)):
        proposals.accept(made, actor=cast.actor(cast.hana), notes=" Great. ")
    done = row(made)
    assert (done.state, done.closed_at, done.closed_by, done.notes) == (
        "accepted", later(hours=1), cast.hana.user_id, "Great.",
    )  # fmt: skip
    assert done.reviewed_by == cast.hana.user_id
    assert events(made)[-1][0] == "proposal.accepted"
    assert events(made)[-1][1]["seconds_to_decide"] == 3_600


def test_who_reviewed_first_stays_the_reviewer(cast: Cast) -> None:
    made = proposed(cast)
    review(cast, made)
    accept(cast, made, cast.carl)
    assert row(made).reviewed_by == cast.hana.user_id
    assert [step[1] for step in history(made)] == ["proposed", "company_reviewing", "accepted"]


def test_a_decline_has_a_reason(cast: Cast) -> None:
    made = proposed(cast)
    proposals.decline(made, actor=cast.actor(cast.carl), reason="location", notes="Remote only")
    assert (row(made).decline_reason, row(made).notes) == ("location", "Remote only")
    assert events(made)[-1][1]["decline_reason"] == "location"
    with pytest.raises(InvalidInput, match="Choose the reason"):
        decline(cast, proposed(cast), reason="no")


@pytest.mark.parametrize(("who", "cause"), [("rita", "recruiter"), ("pia", "platform")])
def test_the_recruiter_and_the_platform_withdraw(cast: Cast, who: str, cause: str) -> None:
    made, actor = proposed(cast), cast.actor(getattr(cast, who))
    proposals.withdraw(made, actor=actor, notes="Took another offer")
    assert row(made).state == "withdrawn"
    assert events(made)[-1] == ("proposal.withdrawn", events(made)[-1][1] | {"cause": cause})


def test_what_is_over_but_not_written_yet_can_be_withdrawn(cast: Cast) -> None:
    made = proposed(cast)
    with simulated(WEEK_LATER):
        withdraw(cast, made)
    assert row(made).state == "withdrawn"


CLOSING: dict[str, Command] = {"accepted": accept, "declined": decline, "withdrawn": withdraw}
LATE: dict[str, Command] = {**CLOSING, "company_reviewing": review, "asked": ask}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("first", CLOSING)
def test_who_comes_late_is_told_the_state_by_whom_and_when(cast: Cast, first: str, late: str) -> None:
    made = proposed(cast)
    CLOSING[first](cast, made)
    name = "Rita" if first == "withdrawn" else "Hana"
    with pytest.raises(WrongState, match=f"was {first} by {name} on Tue 24 Nov 2026, 09:00 UTC") as refusal:
        LATE[late](cast, made)
    assert refusal.value.details["state"] == first
    assert refusal.value.details["at"] == "2026-11-24T09:00:00.000Z"
    assert len(history(made)) == 2


def test_a_second_review_is_told_of_the_first(cast: Cast) -> None:
    made = proposed(cast)
    review(cast, made)
    with pytest.raises(WrongState, match="under review by Hana"):
        proposals.review(made, actor=cast.actor(cast.carl))


@pytest.mark.parametrize("command", [accept, decline, review, ask])
def test_at_the_deadline_it_is_over_even_before_the_timeout_is_written(cast: Cast, command: Command) -> None:
    made = proposed(cast)
    with simulated(WEEK_LATER), pytest.raises(Conflict, match="expired on Tue 1 Dec 2026, 09:00 UTC") as refusal:
        command(cast, made)
    assert refusal.value.code == "PROPOSAL_EXPIRED"
    assert row(made).state == "proposed"
    with simulated(WEEK_LATER - SECOND):
        command(cast, made)


def test_after_the_timeout_the_refusal_says_so(cast: Cast) -> None:
    made = proposed(cast)
    with simulated(WEEK_LATER):
        expire(cast, made)
        with pytest.raises(WrongState, match="This proposal expired on Tue 1 Dec 2026"):
            accept(cast, made)


@pytest.mark.parametrize("command", [accept, decline, review, ask])
def test_other_people_cannot_decide(cast: Cast, command: Command) -> None:
    made = proposed(cast)
    for who, error in ((cast.zoe, NotFound), (cast.omar, NotFound), (cast.rita, NotPermitted)):
        with pytest.raises(error):
            command(_as(cast, who), made)
    command(_as(cast, cast.pia), made)


def _as(cast: Cast, who: Person) -> Cast:
    """Put `who` where the commands above take hana."""
    return Cast(cast.app, cast.rita, cast.omar, who, cast.carl, cast.zoe, cast.pia)


def test_only_who_proposed_withdraws(cast: Cast) -> None:
    made = proposed(cast)
    for who, error in (
        (cast.zoe, NotFound),
        (cast.omar, NotFound),
        (cast.hana, NotPermitted),
        (cast.carl, NotPermitted),
    ):
        with pytest.raises(error):
            proposals.withdraw(made, actor=cast.actor(who))
    assert row(made).state == "proposed"


# --- what the system does -----------------------------------------------------------------------------------


def test_a_closed_job_withdraws_its_open_proposals_as_the_system(cast: Cast) -> None:
    job_id = posted(cast)
    taken = accept(cast, proposed(cast, job_id=job_id))
    waiting = [proposed(cast, job_id=job_id), review(cast, proposed(cast, job_id=job_id))]
    other = proposed(cast)
    assert jobs.change_status(job_id, actor=cast.actor(cast.carl), status="closed") == 2
    assert [row(p).state for p in (taken, *waiting, other)] == ["accepted", "withdrawn", "withdrawn", "proposed"]
    assert history(waiting[1])[-1] == ("company_reviewing", "withdrawn", SYSTEM_USER_ID)
    assert events(waiting[0])[-1][1]["cause"] == "job_closed"
    assert row(waiting[0]).notes == "The job was closed."


def test_what_nobody_answers_times_out(cast: Cast) -> None:
    due, reviewed = proposed(cast), review(cast, proposed(cast))
    with simulated(later(hours=1)):
        young = proposed(cast)
    with simulated(WEEK_LATER):
        assert proposals_in_bulk.expire_due(actor=system_actor(DAY)).first == (due, reviewed)
        assert proposals_in_bulk.expire_due(actor=cast.actor(cast.pia)).processed == 0
    assert [row(p).state for p in (due, reviewed, young)] == ["timeout", "timeout", "proposed"]
    assert (row(due).closed_at, row(due).closed_by) == (WEEK_LATER, SYSTEM_USER_ID)
    assert history(reviewed)[-1] == ("company_reviewing", "timeout", SYSTEM_USER_ID)
    assert [name for name, _ in events(due)] == ["proposal.created", "proposal.timeout"]


def test_a_second_before_the_deadline_nothing_times_out(cast: Cast) -> None:
    proposed(cast)
    with simulated(WEEK_LATER - SECOND):
        assert proposals_in_bulk.expire_due(actor=system_actor(DAY)).processed == 0


def test_timeouts_go_in_chunks_of_a_transaction_each(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals_in_bulk, "EXPIRE_CHUNK", 2)
    monkeypatch.setattr(proposals_in_bulk, "FIRST", 3)
    job_id = posted(cast)
    made = [proposed(cast, job_id=job_id) for _ in range(5)]
    with simulated(WEEK_LATER):
        done = proposals_in_bulk.expire_due(actor=system_actor(DAY))
    assert (done.processed, len(done.first), set(done.first) <= set(made)) == (5, 3, True)
    assert _count(OutboxEntry, MarketplaceEvent.type == "proposal.timeout") == 5


def test_a_crash_in_the_middle_keeps_what_was_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals_in_bulk, "EXPIRE_CHUNK", 2)
    job_id = posted(cast)
    made = [proposed(cast, job_id=job_id) for _ in range(5)]
    real, calls = proposals_in_bulk._close, list[int]()

    def dies_in_the_second_chunk(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        rows = real(*args, **kwargs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rows

    with simulated(WEEK_LATER):
        monkeypatch.setattr(proposals_in_bulk, "_close", dies_in_the_second_chunk)
        with pytest.raises(KeyboardInterrupt):
            proposals_in_bulk.expire_due(actor=system_actor(DAY))
        assert sorted(row(p).state for p in made) == ["proposed"] * 3 + ["timeout"] * 2
        assert proposals_in_bulk.expire_due(actor=system_actor(DAY)).processed == 3
    assert all(len(history(p)) == 2 for p in made)


def test_deciders_are_reminded_once_when_a_day_is_left(cast: Cast) -> None:
    made = proposed(cast)
    system = system_actor(DAY)
    with simulated(later(days=6) - SECOND):
        assert proposals_in_bulk.remind_due(actor=system) == 0
    with simulated(later(days=6)):
        assert proposals_in_bulk.remind_due(actor=system) == 1
        assert proposals_in_bulk.remind_due(actor=system) == 0
    assert row(made).reminded_at == later(days=6)
    assert [name for name, _ in events(made)] == ["proposal.created", "proposal.expiring"]


def test_reminders_go_in_chunks_and_not_to_what_is_over_or_decided(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals_in_bulk, "EXPIRE_CHUNK", 1)
    job_id = posted(cast)
    made = [proposed(cast, job_id=job_id) for _ in range(3)]
    accept(cast, made[0])
    with simulated(WEEK_LATER):
        assert proposals_in_bulk.remind_due(actor=system_actor(DAY)) == 0
    with simulated(later(days=6, hours=3)):
        assert proposals_in_bulk.remind_due(actor=system_actor(DAY)) == 2


@pytest.mark.parametrize("command", [proposals_in_bulk.expire_due, proposals_in_bulk.remind_due])
def test_only_the_platform_times_out_and_reminds(cast: Cast, command: Callable[..., object]) -> None:
    for who in (cast.rita, cast.carl, cast.hana):
        with pytest.raises(NotPermitted):
            command(actor=cast.actor(who))


def _count(model: type[Any], *where: Any) -> int:
    query = select(func.count()).select_from(model).join(MarketplaceEvent, MarketplaceEvent.id == model.event_id)
    with Session(db.engine) as session:
        return session.scalar(query.where(*where)) or 0


# --- questions ----------------------------------------------------------------------------------------------


def test_the_first_answer_closes_a_question(cast: Cast) -> None:
    made = proposed(cast)
    question_id = ask(cast, made)
    rita = cast.actor(cast.rita)
    with simulated(later(hours=4)):
        assert proposals.answer(question_id, actor=rita, answer=" In March. ") == made
        with pytest.raises(Conflict) as refusal:
            proposals.answer(question_id, actor=rita, answer="In May.")
    assert refusal.value.code == "ALREADY_ANSWERED"
    with Session(db.engine) as session:
        question = session.get_one(ProposalQuestion, question_id)
    assert (question.question, question.asked_by) == ("When can she start?", cast.hana.user_id)
    assert (question.answer, question.answered_at) == ("In March.", later(hours=4))
    assert [name for name, _ in events(made)][-2:] == ["question.asked", "question.answered"]
    assert events(made)[-1][1]["seconds_to_answer"] == 14_400


def test_a_question_of_a_decided_proposal_may_still_be_answered(cast: Cast) -> None:
    made = proposed(cast)
    question_id = ask(cast, made)
    accept(cast, made)
    assert proposals.answer(question_id, actor=cast.actor(cast.rita), answer="In March.") == made


def test_only_the_proposing_recruiter_answers(cast: Cast) -> None:
    question_id = ask(cast, proposed(cast))
    for who, error in (
        (cast.omar, NotFound),
        (cast.zoe, NotFound),
        (cast.hana, NotPermitted),
        (cast.pia, NotPermitted),
    ):
        with pytest.raises(error):
            proposals.answer(question_id, actor=cast.actor(who), answer="x")
    with pytest.raises(NotFound):
        proposals.answer(uuid.uuid4(), actor=cast.actor(cast.rita), answer="x")


@pytest.mark.parametrize("said", ["", "  ", "x" * 2_001, "\x07"])
def test_questions_and_answers_are_texts_that_people_type(cast: Cast, said: str) -> None:
    made = proposed(cast)
    with pytest.raises(InvalidInput):
        proposals.ask(made, actor=cast.actor(cast.hana), question=said)
    question_id = ask(cast, made)
    with pytest.raises(InvalidInput):
        proposals.answer(question_id, actor=cast.actor(cast.rita), answer=said)


def test_a_closed_job_is_not_touched_by_its_proposals(cast: Cast) -> None:
    job_id = posted(cast)
    proposed(cast, job_id=job_id)
    with Session(db.engine) as session:
        assert session.get_one(Job, job_id).version == 1


def test_times_are_aware(cast: Cast) -> None:
    assert isinstance(row(proposed(cast)).proposed_at, datetime)
    assert row(proposed(cast)).proposed_at.tzinfo is not None


# --- several withdrawn at once ------------------------------------------------------------------------------------


def test_of_the_chosen_those_are_withdrawn_that_are_open_and_the_others_named(cast: Cast) -> None:
    rita, job_id = cast.actor(cast.rita), posted(cast)
    first, other = proposed(cast, job_id=job_id), proposed(cast, job_id=job_id)
    late = proposed(cast, job_id=job_id, name="Ada Late")
    accept(cast, late)
    done = proposals_in_bulk.withdraw_chosen([first, late, other, first], actor=rita, notes="On hold.")
    assert done.count == 2
    assert [name for name, _ in done.refused] == ["Ada Late"]
    assert "was accepted by Hana" in done.refused[0][1]
    assert [row(id).state for id in (first, other, late)] == ["withdrawn", "withdrawn", "accepted"]
    assert [(row(id).notes, events(id)[-1][0]) for id in (first, other)] == [("On hold.", "proposal.withdrawn")] * 2
    again = proposals_in_bulk.withdraw_chosen([first], actor=rita)
    assert (again.count, len(again.refused)) == (0, 1)


def test_a_message_to_several_companies_names_nobody_to_another(cast: Cast) -> None:
    job_id = posted(cast)
    lena, ada = proposed(cast, job_id=job_id), proposed(cast, job_id=job_id, name="Ada Late")
    said = "Lena Brandt and Ada Late signed elsewhere."
    proposals_in_bulk.withdraw_chosen([lena, ada], actor=cast.actor(cast.rita), notes=said)
    assert [row(id).notes for id in (lena, ada)] == [
        "Lena Brandt and A. L. signed elsewhere.",
        "L. B. and Ada Late signed elsewhere.",
    ]
    read = {detail.detail(id, viewer=cast.actor(cast.hana)).notes for id in (lena, ada)}
    assert read == {"L. B. and A. L. signed elsewhere."}


def test_nothing_is_withdrawn_when_one_of_the_chosen_is_another_s_or_none_is_chosen(cast: Cast) -> None:
    mine, others = proposed(cast), proposed(cast, cast.omar)
    rita = cast.actor(cast.rita)
    with pytest.raises(NotFound):
        proposals_in_bulk.withdraw_chosen([mine, others], actor=rita)
    with pytest.raises(InvalidInput, match="Choose 1 to 50"):
        proposals_in_bulk.withdraw_chosen([], actor=rita)
    assert row(mine).state == "proposed"
