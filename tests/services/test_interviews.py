"""Interviews between acceptance and hire: set, moved, recorded; internal notes reach no recruiter by any way."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain import interviews as rules
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion
from portal.extensions import db
from portal.mailers import post
from portal.models import Interview, InterviewNote, InterviewParticipant, InterviewStage, MarketplaceEvent, Membership
from portal.queries import interviews as queries
from portal.queries import work_queue
from portal.queries.changes import changed_since
from portal.queries.disputes import evidence
from portal.queries.identity.accounts import actor_for
from portal.queries.log import slices
from portal.runtime.clock import simulated
from portal.services import departures, interviews, jobs
from portal.services.candidates import erasure
from portal.services.disputes import cases
from portal.services.disputes.cases import CaseInput
from portal.services.identity import accounts
from portal.services.interviews import Feedback, StageInput
from portal.services.placements import placements
from tests.accounts import membership, written
from tests.cast import DAY, Cast, Person
from tests.hires import SALARY, accepted
from tests.interviews import AFTER, TOMORROW, appointment, scheduled
from tests.letters import deliveries, notices, relayed
from tests.marketplace import claimed, posted, proposed
from tests.racing import race, refusals

SECRET = "Zinfandel pay is above our band"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def line(cast: Cast, interview_id: uuid.UUID, who: Person) -> queries.InterviewLine:
    return queries.interview(interview_id, viewer=cast.actor(who))


def stage_names(cast: Cast, job_id: uuid.UUID) -> list[str]:
    return [stage.name for stage in queries.stages(job_id, viewer=cast.actor(cast.carl)).stages]


def record(cast: Cast, interview_id: uuid.UUID, outcome: str, **feedback: str) -> None:
    said = Feedback(**feedback)
    interviews.record(interview_id, actor=cast.actor(cast.hana), outcome=outcome, feedback=said)


def test_a_recruiter_reads_stage_time_result_and_what_is_shared(cast: Cast) -> None:
    people = frozenset({cast.hana.user_id, cast.carl.user_id})
    made = scheduled(cast, accepted(cast), participants=people, with_whom="Yusuf", place="https://meet.test/room")
    with simulated(AFTER):
        record(cast, made, "passed", shared="Strong in design.", internal=SECRET)
        ours, theirs = line(cast, made, cast.carl), line(cast, made, cast.rita)
    assert (theirs.stage, theirs.starts_at, theirs.minutes, theirs.outcome) == ("Technical", TOMORROW, 60, "passed")
    assert [note.note for note in theirs.notes] == ["Strong in design."]
    assert (theirs.people, theirs.place) == ("Carl, Hana, Yusuf", "https://meet.test/room")
    assert [note.note for note in ours.notes] == ["Strong in design.", SECRET]
    assert (ours.people, ours.recorded_by) == (theirs.people, "Hana")
    with pytest.raises(NotFound):
        line(cast, made, cast.zoe)


def test_an_internal_note_reaches_a_recruiter_by_no_mail_notice_slice_or_hint_of_a_change(cast: Cast) -> None:
    proposal_id = accepted(cast)
    made, rita = scheduled(cast, proposal_id), cast.actor(cast.rita)
    with simulated(AFTER):
        record(cast, made, "not_passed", internal=SECRET)
        relayed()
    with simulated(AFTER + timedelta(minutes=5)):
        later = cast.actor(cast.hana)
        interviews.note(made, actor=later, note=SECRET, internal=True)
        millis = int((later.now - timedelta(minutes=2)).timestamp() * 1000)
        assert changed_since(millis, viewer=cast.actor(cast.carl))
        assert not changed_since(millis, viewer=cast.actor(cast.rita), subject=("proposal", proposal_id))
    mails = [f"{d.subject} {d.body_text} {d.body_html}" for d in deliveries()]
    assert not any("Zinfandel" in text for text in (*mails, *(f"{n.title}" for n in notices(cast.rita))))
    shown = slices.timeline(rita, proposal_id=proposal_id).rows
    assert not any("Internal" in entry.title or "Zinfandel" in entry.text for entry in shown)
    with Session(db.engine) as session:
        events = session.scalars(select(MarketplaceEvent).where(MarketplaceEvent.type.startswith("interview."))).all()
    assert not any("Zinfandel" in str(event.payload) for event in events)
    hidden = [event for event in events if event.type == "interview.noted_internally"]
    assert len(hidden) == 2
    assert {(e.proposal_id, e.candidate_id, e.recruiter_id, e.job_id) for e in hidden} == {(None, None, None, None)}


def test_the_evidence_of_a_dispute_has_the_interview_and_no_internal_note(cast: Cast) -> None:
    proposal_id = accepted(cast)
    made, carl, rita = scheduled(cast, proposal_id), cast.actor(cast.carl), cast.actor(cast.rita)
    interviews.note(made, actor=carl, note=SECRET, internal=True)
    said = {"reason": "applied_before", "statement": "She applied to us in spring; here are the letters."}
    about = CaseInput(subject="proposal", subject_id=proposal_id, asks="Void the proposal.", **said)
    dispute_id = cases.open_case(actor=carl, input=about)
    for viewer in (rita, carl):
        rows = list(evidence.whole(viewer, evidence.matter(viewer, dispute_id)))
        assert "Interview scheduled" in [row.title for row in rows]
        assert not any("Internal" in row.title or "Zinfandel" in row.text for row in rows)


def test_the_recruiter_is_told_of_what_is_set_moved_and_recorded(cast: Cast) -> None:
    made = scheduled(cast, accepted(cast))
    said = appointment(TOMORROW + timedelta(hours=1))
    interviews.change(made, actor=cast.actor(cast.hana), input=said)
    interviews.change(made, actor=cast.actor(cast.hana), input=appointment(said.starts_at, place="Room 4"))
    interviews.change(made, actor=cast.actor(cast.hana), input=appointment(said.starts_at, place="Room 4"))
    with simulated(AFTER):
        record(cast, made, "passed", shared="Come back for the final.")
        interviews.note(made, actor=cast.actor(cast.hana), note="Bring a portfolio.", internal=False)
        told = [(template, who) for template, who, _ in relayed() if template.startswith("interview")]
    names = ("interview_scheduled", "interview_changed", "interview_changed", "interview_recorded", "interview_noted")
    assert told == [(name, "rita") for name in names]
    assert "Come back for the final." in deliveries(template="interview_recorded")[0].body_text
    assert [event["moved"] for event in written("interview.changed")] == [True, False]


def test_who_takes_part_is_of_the_company_and_told_of_what_concerns_them(cast: Cast) -> None:
    proposal_id, carl, hana = accepted(cast), frozenset({cast.carl.user_id}), cast.actor(cast.hana)
    for stranger in (cast.zoe, cast.rita, cast.pia):
        with pytest.raises(InvalidInput):
            scheduled(cast, proposal_id, participants=frozenset({stranger.user_id}))
    made = scheduled(cast, proposal_id)
    for change in ({"participants": carl}, {"participants": carl, "place": "Room 4"}, {}, {"participants": carl}):
        interviews.change(made, actor=hana, input=appointment(**change))
    record(cast, made, "cancelled", shared="The team is ill.")
    mails = [(template, who) for template, who, _ in relayed() if template.startswith("interview")]
    assert [template for template, who in mails if who == "carl"] == [
        *("interview_attended", "interview_changed", "interview_left", "interview_attended", "interview_cancelled")
    ]
    assert ("interview_cancelled", "rita") in mails
    row = {"interview_id": made, "user_id": cast.zoe.user_id}
    with Session(db.engine) as session, pytest.raises(IntegrityError, match="belongs to its company"):
        session.execute(insert(InterviewParticipant), [row])


def taking_part(cast: Cast, interview_id: uuid.UUID) -> set[str]:
    return {one.name for one in line(cast, interview_id, cast.carl).participants}


def test_who_leaves_takes_part_in_no_coming_interview_and_who_counts_on_it_is_told(cast: Cast) -> None:
    proposal_id, both = accepted(cast), frozenset({cast.hana.user_id, cast.carl.user_id})
    said = {"actor": cast.actor(cast.carl), "proposal_id": proposal_id}
    held, coming, alone = (
        interviews.schedule(**said, input=appointment(DAY + timedelta(days=days), participants=people))
        for days, people in ((-1, both), (1, both), (2, frozenset({cast.hana.user_id})))
    )
    relayed()
    gone = departures.remove_member(membership(cast, cast.hana), actor=cast.actor(cast.pia))
    assert gone.interviews == 2
    assert [taking_part(cast, one) for one in (held, coming, alone)] == [{"Carl", "Hana"}, {"Carl"}, set()]
    assert [(e["has_left"], e["moved"]) for e in written("interview.changed")] == [(True, False)] * 2
    mails = [who for template, who, _ in relayed() if template == "interview_changed"]
    assert sorted(mails) == ["carl", "carl", "rita", "rita"]
    text = deliveries(template="interview_changed")[0].body_text
    assert ("has left Acme" in text, "Hana" in text, "Pia" in text) == (True, False, False)


@pytest.mark.parametrize("stays", ["company_admin", "elsewhere"])
def test_who_stays_at_the_company_stays_in_its_interviews(cast: Cast, stays: str) -> None:
    made = scheduled(cast, accepted(cast), participants=frozenset({cast.hana.user_id}))
    company = cast.acme if stays == "company_admin" else cast.rival
    pia, of_hana = cast.actor(cast.pia), {"email": cast.hana.email, "role": "company_admin"}
    added, first = accounts.add_member(actor=pia, organisation_id=company, **of_hana), membership(cast, cast.hana)
    assert departures.remove_member(first if company == cast.acme else added, actor=pia).interviews == 0
    assert taking_part(cast, made) == {"Hana"}


def test_interviews_to_come_are_among_the_days_ahead_of_both_sides(cast: Cast) -> None:
    made = scheduled(cast, proposal_id := accepted(cast))
    for who in (cast.hana, cast.carl, cast.rita):
        queue = work_queue.queue(cast.actor(who))
        (ahead,) = [item for day in queue.days for item in day.items if item.at]
        assert (ahead.ahead, ahead.at, ahead.path) == (
            *("Interview (Technical)", TOMORROW, f"/proposals/{proposal_id}#interviews"),
        )
        assert not any(item.at for _, items in queue.groups for item in items)
    shown = cast.client(cast.rita).get("/").text
    assert f"Interview (Technical), {TOMORROW:%H:%M} UTC: " in shown
    record(cast, made, "cancelled")
    assert "Interview (Technical)" not in cast.client(cast.rita).get("/").text


def test_only_who_was_accepted_and_is_not_hired_is_interviewed(cast: Cast) -> None:
    with pytest.raises(Conflict, match="accepted"):
        scheduled(cast, proposed(cast))
    hired = accepted(cast)
    made = scheduled(cast, hired)
    placements.hire(hired, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(Conflict, match="hired"):
        scheduled(cast, hired)
    with simulated(AFTER):
        record(cast, made, "passed")  # what was held may still be recorded
    for who in (cast.rita, cast.omar, cast.zoe):
        with pytest.raises((NotFound, NotPermitted)):
            interviews.note(made, actor=cast.actor(who), note="Hello.", internal=False)


def test_who_made_the_proposal_neither_interviews_nor_reads_what_is_internal(cast: Cast) -> None:
    made = scheduled(cast, accepted(cast))
    interviews.note(made, actor=cast.actor(cast.hana), note=SECRET, internal=True)
    person = {"user_id": cast.rita.user_id, "organisation_id": cast.acme}
    with Session(db.engine) as session, session.begin():
        session.add(Membership(id=uuid.uuid4(), role="company_admin", created_at=DAY, **person))
    both = actor_for(**person)
    assert both is not None
    with pytest.raises(NotPermitted):
        interviews.note(made, actor=both, note="Mine.", internal=True)
    assert queries.interview(made, viewer=both).notes == ()


def test_a_result_waits_for_the_interview_is_corrected_and_counts_once(cast: Cast) -> None:
    made = scheduled(cast, accepted(cast))
    with pytest.raises(Conflict, match="hasn’t started"):
        record(cast, made, "passed")
    record(cast, made, "cancelled")
    with pytest.raises(Conflict, match="result is already recorded"):
        record(cast, made, "cancelled")
    with pytest.raises(Conflict, match="another interview"):
        interviews.change(made, actor=cast.actor(cast.hana), input=appointment())
    with simulated(AFTER):
        with pytest.raises(StaleVersion):
            interviews.record(made, actor=cast.actor(cast.carl), outcome="passed", version=1)
        interviews.record(made, actor=cast.actor(cast.carl), outcome="passed", version=2)
    assert [event["outcome"] for event in written("interview.recorded")] == ["cancelled", "passed"]
    with pytest.raises(InvalidInput):
        record(cast, made, "brilliant")


def test_of_two_results_at_once_one_counts(app: Flask, cast: Cast) -> None:
    made = scheduled(cast, accepted(cast))
    with simulated(AFTER):
        actors = [cast.actor(cast.hana), cast.actor(cast.carl)]
        results = race(app, [lambda a=a: interviews.record(made, actor=a, outcome="passed", version=1) for a in actors])
    assert len(refusals(results)) == 1
    assert len(written("interview.recorded")) == 1


def test_what_is_over_without_a_result_waits_in_the_companys_queue(cast: Cast) -> None:
    made = scheduled(cast, accepted(cast))

    def waits(who: Person) -> list[str]:
        groups = work_queue.queue(cast.actor(who)).groups
        return [item.verb for _, items in groups for item in items if item.path == f"/interviews/{made}/result"]

    assert waits(cast.hana) == []
    with simulated(AFTER):
        assert (waits(cast.hana), waits(cast.carl), waits(cast.rita)) == (
            ["Record result"], ["Record result"], [],
        )  # fmt: skip
        record(cast, made, "no_show")
        assert waits(cast.hana) == []


# --- stages -------------------------------------------------------------------------------------------------------


def set_stages(cast: Cast, job_id: uuid.UUID, *stages: StageInput) -> None:
    interviews.set_stages(job_id, actor=cast.actor(cast.carl), stages=stages)


def test_a_job_begins_with_the_stages_of_the_companys_last_one(cast: Cast) -> None:
    first = posted(cast)
    assert stage_names(cast, first) == ["Screening", "Technical", "Final"]
    set_stages(cast, first, StageInput("Call"), StageInput("Panel"))
    second = posted(cast)
    assert stage_names(cast, second) == ["Call", "Panel"]
    with pytest.raises(InvalidInput, match="Call, Panel"):
        scheduled(cast, accepted(cast, job_id=second), stage="Technical")
    scheduled(cast, accepted(cast, job_id=second), stage="panel")
    set_stages(cast, first, StageInput("Only one"))
    assert stage_names(cast, second) == ["Call", "Panel"]


def test_an_old_form_does_not_undo_the_stages_that_somebody_saved_since(cast: Cast) -> None:
    job_id, carl = posted(cast), cast.actor(cast.carl)
    shown = rules.stages_mark((s.id, s.name) for s in queries.stages(job_id, viewer=carl).stages)
    interviews.set_stages(job_id, actor=carl, stages=[StageInput("Call")], seen=shown)
    with pytest.raises(StaleVersion):
        interviews.set_stages(job_id, actor=carl, stages=[StageInput("Panel")], seen=shown)
    assert stage_names(cast, job_id) == ["Call"]


def test_stages_are_exchanged_and_renamed_but_none_in_use_is_removed(cast: Cast) -> None:
    job_id = posted(cast)
    made = scheduled(cast, accepted(cast, job_id=job_id))
    screening, technical, final = queries.stages(job_id, viewer=cast.actor(cast.carl)).stages
    assert [stage.is_used for stage in (screening, technical, final)] == [False, True, False]
    renamed = StageInput("Screening", technical.id), StageInput("Technical", screening.id)
    set_stages(cast, job_id, *renamed)
    assert stage_names(cast, job_id) == ["Screening", "Technical"]
    assert line(cast, made, cast.rita).stage == "Screening"
    with pytest.raises(Conflict, match="can’t be removed"):
        set_stages(cast, job_id, StageInput("Technical", screening.id))
    for wrong in ([], [StageInput("A"), StageInput("a")], [StageInput("A", uuid.uuid4())], [StageInput("x" * 61)]):
        with pytest.raises(InvalidInput):
            set_stages(cast, job_id, *wrong)
    with pytest.raises(NotPermitted):
        interviews.set_stages(job_id, actor=cast.actor(cast.hana), stages=[StageInput("Mine")])
    with pytest.raises(NotFound):
        interviews.set_stages(job_id, actor=cast.actor(cast.zoe), stages=[StageInput("Theirs")])


def test_two_first_interviews_at_once_give_a_job_its_stages_once(app: Flask, cast: Cast) -> None:
    job_id = posted(cast)
    both = [
        accepted(cast, job_id=job_id),
        accepted(cast, job_id=job_id, candidate_id=claimed(cast, name="Noor Haddad")),
    ]
    hana = cast.actor(cast.hana)
    results = race(app, [lambda p=p: interviews.schedule(p, actor=hana, input=appointment()) for p in both])
    assert not refusals(results)
    with Session(db.engine) as session:
        assert len(session.scalars(select(InterviewStage).filter_by(job_id=job_id)).all()) == 3


def test_the_database_refuses_a_stage_of_another_job_and_who_was_not_accepted(cast: Cast) -> None:
    mine, other = posted(cast), posted(cast)
    made = scheduled(cast, accepted(cast, job_id=mine))
    set_stages(cast, other, StageInput("Elsewhere"))
    with Session(db.engine) as session:
        foreign = session.scalars(select(InterviewStage.id).filter_by(job_id=other)).one()
        stage = session.scalars(select(InterviewStage.id).filter_by(job_id=mine, name="Final")).one()
    moved = update(Interview).where(Interview.id == made).values(stage_id=foreign)
    said: dict[str, Any] = {"starts_at": DAY, "minutes": 60, "scheduled_by": cast.hana.user_id, "scheduled_at": DAY}
    unaccepted = Interview(id=uuid.uuid4(), proposal_id=proposed(cast, job_id=mine), stage_id=stage, **said)
    with Session(db.engine) as session, pytest.raises(IntegrityError, match="another job"):
        session.execute(moved)
    with Session(db.engine) as session, pytest.raises(IntegrityError, match="accepted"):
        session.add(unaccepted)
        session.flush()


def test_erasing_the_candidate_erases_what_was_noted(cast: Cast) -> None:
    candidate_id = claimed(cast, email="lena@mail.test")
    made = scheduled(cast, accepted(cast, candidate_id=candidate_id), with_whom="Lena and Hana", place="Her office")
    interviews.note(made, actor=cast.actor(cast.hana), note=SECRET, internal=True)
    interviews.note(made, actor=cast.actor(cast.hana), note="Lena was great.", internal=False)
    with simulated(AFTER):
        erasure.erase("lena@mail.test", actor=post.system())
    with Session(db.engine) as session:
        assert session.scalars(select(InterviewNote)).all() == []
        row = session.get_one(Interview, made)
    assert (row.with_whom, row.place) == ("", "")
    with pytest.raises(NotFound):
        interviews.note(made, actor=cast.actor(cast.hana), note="Again.", internal=True)


def test_bounds_and_ends_are_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, hana = posted(cast), cast.actor(cast.hana)
    proposal_id = accepted(cast, job_id=job_id)
    interview_id = scheduled(cast, proposal_id)
    with pytest.raises(NotFound):
        interviews.note(uuid.uuid4(), actor=hana, note="Who?", internal=True)
    for most in ("MOST_INTERVIEWS", "MOST_NOTES"):
        monkeypatch.setattr(f"portal.domain.interviews.{most}", 1)
    with pytest.raises(Conflict, match="at most 1 interviews"):
        scheduled(cast, proposal_id)
    interviews.note(interview_id, actor=hana, note="Calm", internal=True)
    with pytest.raises(Conflict, match="at most 1 notes"):
        interviews.note(interview_id, actor=hana, note="Calm", internal=True)
    present = queries.stages(job_id, viewer=cast.actor(cast.carl)).stages
    same = [StageInput(stage.name, stage.id) for stage in present]
    interviews.set_stages(job_id, actor=cast.actor(cast.carl), stages=same)
    assert not written("job.interview_stages_changed")
    jobs.change_status(job_id, actor=cast.actor(cast.carl), status="closed")
    with pytest.raises(Conflict, match="reopen it"):
        interviews.set_stages(job_id, actor=cast.actor(cast.carl), stages=same)
