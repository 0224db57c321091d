"""Who owns a candidate, until when, and what outreach is allowed (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import (
    Candidate,
    CandidateOutreach,
    CandidateSourcer,
    OutreachEngagement,
    OwnershipConflict,
)
from portal.runtime.clock import simulated
from portal.services import jobs
from portal.services.candidates import candidates, outreach, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.candidates.outreach import OutreachInput
from portal.services.candidates.ownership import CandidateProtected
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, Cast, Person
from tests.marketplace import entered
from tests.tables import allow, count, events

MAYA = CandidateInput(full_name="Maya Okafor", email="maya@example.com")
MAIL = OutreachInput(outreach_type="email", subject="A role for you")
YEAR = timedelta(days=365)
INSTANT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def claim(cast: Cast, candidate_id: uuid.UUID, who: Person | None = None) -> ownership.ClaimResult:
    return ownership.claim(candidate_id, actor=cast.actor(who or cast.rita), source_method="linkedin")


def record(cast: Cast, candidate_id: uuid.UUID, who: Person | None = None, input: OutreachInput = MAIL) -> uuid.UUID:
    return outreach.record_outreach(candidate_id, actor=cast.actor(who or cast.rita), input=input)


def claims(candidate_id: uuid.UUID) -> list[CandidateSourcer]:
    with Session(db.engine) as session:
        query = select(CandidateSourcer).where(CandidateSourcer.candidate_id == candidate_id)
        return list(session.scalars(query.order_by(CandidateSourcer.sourced_at)))


# --- claims ---------------------------------------------------------------------------------------------------


def test_the_first_valid_sourcer_owns_the_credit_for_365_days(cast: Cast) -> None:
    maya = entered(cast)
    result = claim(cast, maya)
    (row,) = claims(maya)
    assert result == ownership.ClaimResult(row.id, maya, DAY + YEAR, created=True)
    assert (row.recruiter_id, row.sourced_at, row.protection_days) == (cast.rita.recruiter_id, DAY, 365)


def test_a_claim_is_told(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    (event,) = events("candidate.sourced")
    assert event.payload == {
        "candidate_id": str(maya),
        "recruiter_id": str(cast.rita.recruiter_id),
        "claim_id": str(claims(maya)[0].id),
        "source_method": "linkedin",
        "protection_expires_at": "2027-11-24T09:00:00Z",
        "supersedes_id": None,
        "import_id": None,
    }


def test_the_length_of_protection_is_a_setting_copied_onto_the_claim(cast: Cast) -> None:
    allow(protection_days=30)
    maya = entered(cast)
    claim(cast, maya)
    allow(protection_days=90)
    assert claims(maya)[0].protection_expires_at == DAY + timedelta(days=30)


def test_renewing_ones_own_live_claim_gives_it_back_and_does_not_prolong_it(cast: Cast) -> None:
    maya = entered(cast)
    first = claim(cast, maya)
    with simulated(DAY + timedelta(days=100)):
        again = claim(cast, maya)
    assert (again.claim_id, again.created, again.protection_expires_at) == (first.claim_id, False, DAY + YEAR)
    assert len(events("candidate.sourced")) == 1


@pytest.mark.parametrize(("at", "wins"), [(DAY, False), (DAY + YEAR - INSTANT, False), (DAY + YEAR, True)])
def test_protection_is_half_open(cast: Cast, at: datetime, wins: bool) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with simulated(at):
        try:
            won = claim(cast, maya, cast.omar).created
        except CandidateProtected:
            won = False
    assert won is wins


def test_a_claim_after_expiry_supersedes_the_old_row_and_keeps_it(cast: Cast) -> None:
    maya = entered(cast)
    first = claim(cast, maya)
    with simulated(DAY + YEAR):
        claim(cast, maya, cast.omar)
    old, new = claims(maya)
    assert (old.is_current, old.superseded_at, new.is_current) == (False, DAY + YEAR, True)
    assert events("candidate.sourced")[1].payload["supersedes_id"] == str(first.claim_id)


def test_ones_own_expired_claim_is_claimed_anew(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with simulated(DAY + YEAR):
        assert claim(cast, maya).protection_expires_at == DAY + 2 * YEAR


def test_a_claim_against_a_live_protection_is_refused_until_when_but_not_by_whom(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with pytest.raises(CandidateProtected) as refusal:
        claim(cast, maya, cast.omar)
    assert refusal.value.code == "CANDIDATE_PROTECTED"
    assert refusal.value.details == {"protection_expires_at": "2027-11-24T09:00:00.000Z"}
    assert "Rita" not in refusal.value.message
    assert len(claims(maya)) == 1


def test_a_conflict_is_recorded_once_per_candidate_challenger_and_day(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    for hours in (0, 1, 24):
        with simulated(DAY + timedelta(hours=hours)), pytest.raises(CandidateProtected):
            claim(cast, maya, cast.omar)
    with pytest.raises(CandidateProtected):
        record(cast, maya, cast.omar)
    told = events("ownership.conflict_detected")
    assert [e.at for e in told] == [DAY, DAY + timedelta(hours=24)]
    assert count(OwnershipConflict) == 2
    assert told[0].payload == {
        "candidate_id": str(maya),
        "recruiter_id": str(cast.omar.recruiter_id),
        "owner_recruiter_id": str(cast.rita.recruiter_id),
        "protection_expires_at": "2027-11-24T09:00:00Z",
        "attempt": "source",
    }


@pytest.mark.parametrize("name", ["hana", "carl", "zoe"])
def test_a_company_claims_nobody(cast: Cast, name: str) -> None:
    with pytest.raises(NotPermitted):
        claim(cast, entered(cast), getattr(cast, name))


def test_nobody_claims_who_does_not_exist(cast: Cast) -> None:
    with pytest.raises(NotFound):
        claim(cast, uuid.uuid4())


@pytest.mark.parametrize(
    ("values", "field"),
    [({"source_method": "luck"}, "source_method"), ({"source_method": "event", "notes": "x" * 2001}, "notes")],
)
def test_a_wrong_claim_says_which_field(cast: Cast, values: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ownership.claim(entered(cast), actor=cast.actor(cast.rita), **values)
    assert list(refusal.value.fields) == [field]


def test_the_platform_gives_the_credit_to_a_recruiter_whom_it_names(cast: Cast) -> None:
    maya, pia = entered(cast), cast.actor(cast.pia)
    with pytest.raises(InvalidInput, match="Choose the recruiter"):
        ownership.claim(maya, actor=pia, source_method="inbound")
    with pytest.raises(InvalidInput, match="Choose a recruiter"):
        ownership.claim(maya, actor=pia, source_method="inbound", recruiter_id=uuid.uuid4())
    ownership.claim(maya, actor=pia, source_method="inbound", recruiter_id=cast.omar.recruiter_id)
    assert claims(maya)[0].recruiter_id == cast.omar.recruiter_id


def test_a_recruiter_claims_only_for_oneself(cast: Cast) -> None:
    maya = entered(cast)
    rita = cast.actor(cast.rita)
    with pytest.raises(InvalidInput, match="the credit goes to the recruiter who claims"):
        ownership.claim(maya, actor=rita, source_method="inbound", recruiter_id=cast.omar.recruiter_id)
    ownership.claim(maya, actor=rita, source_method="inbound")
    assert [claim.recruiter_id for claim in claims(maya)] == [cast.rita.recruiter_id]


# --- claims by the keys of a check ------------------------------------------------------------------------------


def test_a_free_candidate_is_claimed_by_the_keys_of_a_check(cast: Cast) -> None:
    maya = candidates.add(actor=cast.actor(cast.rita), input=MAYA)
    typed = CheckInput(email="MAYA@example.com")
    result = ownership.claim_found(actor=cast.actor(cast.omar), input=typed, source_method="event")
    assert (result.candidate_id, result.created) == (maya, True)


def test_a_claim_by_keys_that_nobody_has_says_so(cast: Cast) -> None:
    with pytest.raises(NotFound, match="Add the candidate"):
        ownership.claim_found(actor=cast.actor(cast.omar), input=CheckInput(email=MAYA.email), source_method="event")


def test_a_claim_by_keys_against_a_protection_is_a_conflict(cast: Cast) -> None:
    maya = candidates.add(actor=cast.actor(cast.rita), input=MAYA)
    claim(cast, maya)
    with pytest.raises(CandidateProtected):
        ownership.claim_found(actor=cast.actor(cast.omar), input=CheckInput(email=MAYA.email), source_method="event")
    assert len(events("ownership.conflict_detected")) == 1
    assert [said.payload["result"] for said in events("candidate.checked")] == ["protected"]


def test_entering_and_claiming_is_one_change(cast: Cast) -> None:
    rita = cast.actor(cast.rita)
    with pytest.raises(InvalidInput):
        ownership.add_and_claim(actor=rita, input=MAYA, source_method="luck")
    assert count(Candidate) == 0
    maya = ownership.add_and_claim(actor=rita, input=MAYA, source_method="event")
    assert claims(maya)[0].source_method == "event"


def test_entering_and_claiming_a_protected_candidate_is_a_conflict(cast: Cast) -> None:
    maya = candidates.add(actor=cast.actor(cast.rita), input=MAYA)
    claim(cast, maya)
    with pytest.raises(CandidateProtected):
        ownership.add_and_claim(actor=cast.actor(cast.omar), input=MAYA, source_method="event")
    assert len(events("ownership.conflict_detected")) == 1
    assert [said.payload["result"] for said in events("candidate.checked")] == ["protected"]


def test_entering_and_claiming_a_free_candidate_of_others_is_a_duplicate(cast: Cast) -> None:
    candidates.add(actor=cast.actor(cast.rita), input=MAYA)
    with pytest.raises(candidates.CandidateExists):
        ownership.add_and_claim(actor=cast.actor(cast.omar), input=MAYA, source_method="event")
    assert (events("ownership.conflict_detected"), count(CandidateSourcer)) == ([], 0)


def test_live_claim_gives_who_protects_now(cast: Cast) -> None:
    maya = entered(cast)
    with unit_of_work(cast.actor(cast.rita)) as uow:
        assert ownership.live_claim(uow, maya) is None
    claim(cast, maya)
    with unit_of_work(cast.actor(cast.omar)) as uow:
        live = ownership.live_claim(uow, maya)
        assert live is not None
        assert live.recruiter_id == cast.rita.recruiter_id
    with simulated(DAY + YEAR), unit_of_work(cast.actor(cast.rita)) as uow:
        assert ownership.live_claim(uow, maya) is None


# --- outreach -------------------------------------------------------------------------------------------------


def test_the_first_outreach_to_an_unowned_candidate_claims(cast: Cast) -> None:
    maya = entered(cast)
    record(cast, maya)
    assert [(c.recruiter_id, c.source_method) for c in claims(maya)] == [(cast.rita.recruiter_id, "outreach")]
    assert [e.type for e in events("candidate.sourced")] == ["candidate.sourced"]


def test_outreach_to_ones_own_candidate_claims_nothing_more(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    sent = record(cast, maya)
    (event,) = events("candidate.outreach_recorded")
    assert len(claims(maya)) == 1
    assert (event.payload["outreach_id"], event.payload["engagement"]) == (str(sent), "sent")


def test_outreach_after_the_protection_claims_anew(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with simulated(DAY + YEAR):
        record(cast, maya, cast.omar)
    assert [c.recruiter_id for c in claims(maya)] == [cast.rita.recruiter_id, cast.omar.recruiter_id]


def test_outreach_against_a_protection_is_refused_and_changes_nothing(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with pytest.raises(CandidateProtected):
        record(cast, maya, cast.omar)
    (event,) = events("ownership.conflict_detected")
    assert (event.payload["attempt"], count(CandidateOutreach)) == ("outreach", 0)


def test_outreach_to_an_unsubscribed_candidate_is_refused(cast: Cast) -> None:
    maya = entered(cast)
    first = record(cast, maya)
    outreach.record_engagement(first, actor=cast.actor(cast.rita), engagement="unsubscribed")
    with pytest.raises(Conflict, match="opted out of outreach on 24 Nov 2026") as refusal:
        record(cast, maya)
    assert refusal.value.code == "CANDIDATE_UNSUBSCRIBED"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (OutreachInput(outreach_type="fax"), "outreach_type"),
        (OutreachInput(outreach_type="email"), "subject"),
        (OutreachInput(outreach_type="sms", subject="x" * 201), "subject"),
        (OutreachInput(outreach_type="sms", message_preview="x" * 501), "message_preview"),
        (OutreachInput(outreach_type="sms", engagement="bored"), "engagement"),
        (OutreachInput(outreach_type="sms", job_id=uuid.uuid4()), "job_id"),
    ],
)
def test_wrong_outreach_says_which_field_and_claims_nothing(cast: Cast, typed: OutreachInput, field: str) -> None:
    maya = entered(cast)
    with pytest.raises(InvalidInput) as refusal:
        record(cast, maya, input=typed)
    assert list(refusal.value.fields) == [field]
    assert claims(maya) == []


def test_outreach_may_be_about_an_open_job(cast: Cast) -> None:
    job = jobs.post(actor=cast.actor(cast.carl), input=jobs.JobInput(title="Engineer", fee_bp=2000, status="active"))
    record(cast, entered(cast), input=OutreachInput(outreach_type="phone", job_id=job))
    assert events("candidate.outreach_recorded")[0].job_id == job


@pytest.mark.parametrize("name", ["carl", "pia"])
def test_only_recruiters_record_outreach(cast: Cast, name: str) -> None:
    with pytest.raises(NotPermitted):
        record(cast, entered(cast), getattr(cast, name))


def test_one_candidate_is_contacted_three_times_a_week(cast: Cast) -> None:
    maya = entered(cast)
    for day in range(3):
        with simulated(DAY + timedelta(days=day)):
            record(cast, maya)
    with simulated(DAY + timedelta(days=3)), pytest.raises(TooMany, match="3 outreach records per week") as refusal:
        record(cast, maya)
    assert refusal.value.retry_after == 4 * 86400
    with simulated(DAY + timedelta(days=7)):
        record(cast, maya)


def test_a_recruiter_records_so_many_a_day(cast: Cast) -> None:
    allow(outreach_per_day=2)
    first, second, third = (entered(cast, number) for number in range(3))
    record(cast, first)
    with simulated(DAY + timedelta(hours=1)):
        record(cast, second)
        with pytest.raises(TooMany, match=r"2 outreach records per day\. You can log the next one in 23 hours"):
            record(cast, third)
        assert claims(third) == []
        record(cast, third, cast.omar)
    with simulated(DAY + timedelta(hours=24)):
        record(cast, first)


@pytest.mark.parametrize("limit", ["outreach_per_day", "outreach_per_candidate_week"])
def test_a_limit_of_zero_allows_none(cast: Cast, limit: str) -> None:
    allow(**{limit: 0})
    with pytest.raises(TooMany, match="The limit is 0"):
        record(cast, entered(cast))


def test_outreach_that_was_answered_at_once_has_both_times(cast: Cast) -> None:
    record(cast, entered(cast), input=OutreachInput(outreach_type="phone", engagement="replied"))
    with Session(db.engine) as session:
        steps = set(session.scalars(select(OutreachEngagement.engagement)))
    assert steps == {"sent", "replied"}


@pytest.mark.parametrize(
    ("steps", "furthest"),
    [
        (["opened"], "opened"),
        (["replied", "opened"], "replied"),
        (["bounced"], "bounced"),
        (["clicked", "bounced"], "clicked"),
    ],
)
def test_an_outreach_shows_the_furthest_it_came(cast: Cast, steps: list[str], furthest: str) -> None:
    sent = record(cast, entered(cast))
    for step in steps:
        outreach.record_engagement(sent, actor=cast.actor(cast.rita), engagement=step)
    with Session(db.engine) as session:
        assert session.get_one(CandidateOutreach, sent).engagement == furthest


def test_an_opt_out_keeps_its_first_time(cast: Cast) -> None:
    maya = entered(cast)
    one, other = record(cast, maya), record(cast, maya)
    for hours, sent in enumerate((one, other)):
        with simulated(DAY + timedelta(hours=hours)):
            outreach.record_engagement(sent, actor=cast.actor(cast.rita), engagement="unsubscribed")
    with Session(db.engine) as session:
        assert session.get_one(Candidate, maya).unsubscribed_at == DAY


def test_an_engagement_is_recorded_once(cast: Cast) -> None:
    sent = record(cast, entered(cast))
    with pytest.raises(Conflict, match="marked as sent"):
        outreach.record_engagement(sent, actor=cast.actor(cast.rita), engagement="sent")


def test_nobody_records_what_came_of_anothers_outreach(cast: Cast) -> None:
    sent = record(cast, entered(cast))
    with pytest.raises(NotFound):
        outreach.record_engagement(sent, actor=cast.actor(cast.omar), engagement="opened")


# --- warnings -------------------------------------------------------------------------------------------------


def warn(at: datetime) -> int:
    with simulated(at):
        return ownership.warn_expiring(actor=system_actor(at))


def test_the_owner_is_warned_30_and_7_days_ahead_once_each(cast: Cast) -> None:
    claim(cast, entered(cast))
    ends = DAY + YEAR
    days = [timedelta(days=d) for d in (31, 30, 29, 8, 7, 6, 0)]
    assert [warn(ends - left) for left in days] == [0, 1, 0, 0, 1, 0, 0]
    assert [e.payload["days"] for e in events("ownership.expiring")] == [30, 7]
    assert events("ownership.expiring")[0].payload["protection_expires_at"] == "2027-11-24T09:00:00Z"


def test_after_a_pause_only_the_nearer_warning_is_given(cast: Cast) -> None:
    claim(cast, entered(cast))
    assert warn(DAY + YEAR - timedelta(days=5)) == 1
    assert warn(DAY + YEAR - timedelta(days=4)) == 0
    assert [e.payload["days"] for e in events("ownership.expiring")] == [7]


def test_superseded_and_expired_claims_are_not_warned_of(cast: Cast) -> None:
    maya = entered(cast)
    claim(cast, maya)
    with simulated(DAY + YEAR):
        claim(cast, maya, cast.omar)
    assert warn(DAY + YEAR) == 0


def test_warnings_come_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "WARNED_AT_ONCE", 2)
    for number in range(5):
        claim(cast, entered(cast, number))
    assert warn(DAY + YEAR - timedelta(days=3)) == 5
    assert len(events("ownership.expiring")) == 5


def test_only_the_system_and_admins_give_warnings(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        ownership.warn_expiring(actor=cast.actor(cast.rita))


def test_entering_a_protected_candidate_with_a_claim_is_a_conflict(cast: Cast) -> None:
    ownership.add_and_claim(actor=cast.actor(cast.rita), input=MAYA, source_method="event")
    with pytest.raises(ownership.CandidateProtected, match="notified you both"):
        ownership.add_and_claim(actor=cast.actor(cast.omar), input=MAYA, source_method="event")
    assert len(events("ownership.conflict_detected")) == 1
