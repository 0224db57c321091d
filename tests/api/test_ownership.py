"""Endpoints 1–4: whose candidate it is."""

from __future__ import annotations

import uuid

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from portal.services.candidates import candidates
from portal.services.candidates.contacts import CandidateInput
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.marketplace import claimed, later, posted, proposed

PROTECTED_UNTIL = later(days=365)


@pytest.fixture
def free(cast: Cast) -> uuid.UUID:
    """Return a candidate of rita's whom nobody sourced."""
    entry = CandidateInput(full_name="Lena Brandt", email="lena@mail.test")
    return candidates.add(actor=cast.actor(cast.rita), input=entry)


def test_1_a_recruiter_claims_and_gets_the_claim(api: Callers, cast: Cast, free: uuid.UUID) -> None:
    claim = api.rita.source_candidate(free, source_method="referral", notes="Met at a fair.")
    assert (claim.candidate_id, claim.recruiter_id) == (free, cast.rita.recruiter_id)
    assert (claim.source_method, claim.notes) == ("referral", "Met at a fair.")
    assert (claim.sourced_at, claim.protection_expires_at) == (DAY, PROTECTED_UNTIL)


def test_1_a_new_claim_is_201_with_its_address_and_ones_own_live_one_is_200(api: Callers, free: uuid.UUID) -> None:
    first = api.rita.request("POST", f"candidates/{free}/source", source_method="linkedin")
    again = api.rita.request("POST", f"candidates/{free}/source", source_method="event")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == f"/api/candidates/{free}/sourcer"
    assert first.json() == again.json()


def test_1_a_rival_is_refused_and_learns_only_until_when(api: Callers, cast: Cast, free: uuid.UUID) -> None:
    api.rita.source_candidate(free, source_method="linkedin")
    with pytest.raises(client.Conflict) as refused:
        api.omar.source_candidate(free, source_method="linkedin")
    assert refused.value.code == "CANDIDATE_PROTECTED"
    assert refused.value.details["protection_expires_at"].startswith("2027-11-24T09:00:00")
    assert str(cast.rita.recruiter_id) not in str(refused.value.details)


def test_1_a_platform_admin_sources_for_a_recruiter(api: Callers, cast: Cast, free: uuid.UUID) -> None:
    claim = api.pia.source_candidate(free, source_method="database", recruiter_id=cast.omar.recruiter_id)
    assert claim.recruiter_id == cast.omar.recruiter_id
    for nobody in (None, uuid.uuid4()):
        with pytest.raises(client.InvalidInput) as refused:
            api.pia.source_candidate(free, source_method="database", recruiter_id=nobody)
        assert "recruiter_id" in refused.value.details


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source_method": "magic"}, "source_method"),
        ({}, "source_method"),
        ({"source_method": "linkedin", "notes": "x" * 2_001}, "notes"),
        ({"source_method": "linkedin", "surprise": 1}, "surprise"),
        ({"source_method": "linkedin", "notes": 7}, "notes"),
        ({"source_method": "linkedin", "notes": "a\u0000b"}, "notes"),
    ],
)
def test_1_invalid_input_names_the_field(api: Callers, free: uuid.UUID, body: dict[str, object], field: str) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("POST", f"candidates/{free}/source", **body)
    assert field in refused.value.details


def test_1_companies_do_not_source_and_an_unknown_candidate_is_404(api: Callers, free: uuid.UUID) -> None:
    with pytest.raises(client.NotFound):  # whom a company does not know, it is not told of
        api.carl.source_candidate(free, source_method="linkedin")
    with pytest.raises(client.NotFound):
        api.rita.source_candidate(uuid.uuid4(), source_method="linkedin")


def test_2_the_sourcer_is_named_to_the_owner_and_to_admins(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    for who in (api.rita, api.pia):
        found = who.sourcer(candidate_id)
        assert (found.recruiter_id, found.recruiter_name) == (cast.rita.recruiter_id, "Rita")
        assert (found.source_method, found.is_protected) == ("linkedin", True)
        assert (found.sourced_at, found.protection_expires_at) == (DAY, PROTECTED_UNTIL)


def test_2_it_is_404_when_nobody_sourced_and_to_strangers(api: Callers, cast: Cast, free: uuid.UUID) -> None:
    for who, candidate_id in ((api.rita, free), (api.omar, claimed(cast)), (api.zoe, claimed(cast))):
        with pytest.raises(client.NotFound):
            who.sourcer(candidate_id)


def test_2_the_protection_lasts_through_its_last_day(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    client_of_rita = api.rita
    with simulated(later(days=364)):
        assert client_of_rita.sourcer(candidate_id).is_protected


def test_3_an_outreach_is_recorded_and_claims_a_free_candidate(api: Callers, cast: Cast, free: uuid.UUID) -> None:
    sent = api.rita.record_outreach(free, outreach_type="email", subject="A role for you", job_id=posted(cast))
    assert (sent.candidate_id, sent.recruiter_id) == (free, cast.rita.recruiter_id)
    assert (sent.outreach_type, sent.subject, sent.engagement) == ("email", "A role for you", "sent")
    assert sent.sent_at == DAY
    assert api.rita.sourcer(free).source_method == "outreach"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outreach_type": "email"}, "subject"),
        ({"outreach_type": "pigeon"}, "outreach_type"),
        ({"outreach_type": "phone", "message_preview": "x" * 501}, "message_preview"),
        ({"outreach_type": "email", "subject": "x" * 201}, "subject"),
        ({"outreach_type": "phone", "job_id": str(uuid.UUID(int=7))}, "job_id"),
        ({"outreach_type": "phone", "engagement": "ignored"}, "engagement"),
    ],
)
def test_3_invalid_outreach_names_the_field(api: Callers, free: uuid.UUID, body: dict[str, object], field: str) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("POST", f"candidates/{free}/outreach", **body)
    assert field in refused.value.details


def test_3_outreach_to_a_protected_or_unsubscribed_candidate_is_refused(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    with pytest.raises(client.Conflict) as rival:
        api.omar.record_outreach(candidate_id, outreach_type="phone")
    assert rival.value.code == "CANDIDATE_PROTECTED"
    api.rita.record_outreach(candidate_id, outreach_type="phone", engagement="unsubscribed")
    with pytest.raises(client.Conflict) as opted_out:
        api.rita.record_outreach(candidate_id, outreach_type="phone")
    assert opted_out.value.code == "CANDIDATE_UNSUBSCRIBED"


def test_3_over_the_week_s_limit_the_answer_says_when_to_try_again(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    for _ in range(3):
        api.rita.record_outreach(candidate_id, outreach_type="sms")
    with pytest.raises(client.TooMany) as refused:
        api.rita.record_outreach(candidate_id, outreach_type="sms")
    assert (refused.value.status, refused.value.code) == (429, "OUTREACH_LIMIT")
    assert refused.value.details["retry_after"] == 7 * 86_400


def test_4_the_owner_sees_the_days_that_are_left(api: Callers, cast: Cast) -> None:
    found = api.rita.protection_status(claimed(cast))
    assert found.is_protected
    assert (found.protection_expires_at, found.days_remaining) == (PROTECTED_UNTIL, 365)
    assert found.sourcer_recruiter_id == cast.rita.recruiter_id


def test_4_a_free_candidate_has_nulls(api: Callers, free: uuid.UUID) -> None:
    found = api.rita.protection_status(free)
    assert found.model_dump() == {
        "is_protected": False,
        "protection_expires_at": None,
        "sourcer_recruiter_id": None,
        "days_remaining": None,
    }


def test_4_who_is_not_concerned_does_not_learn_by_whom(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    api.carl.accept(proposal_id)
    candidate_id = api.carl.proposal(proposal_id).candidate_id
    seen = api.carl.protection_status(candidate_id)
    assert seen.is_protected
    assert seen.sourcer_recruiter_id is None
    with pytest.raises(client.NotFound):
        api.zoe.protection_status(candidate_id)
