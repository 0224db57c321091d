"""Endpoints 17–23: proposals."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.marketplace import WEEK_LATER, claimed, later, posted, proposed
from tests.money import job_on

PITCH = "Led ranking at a large marketplace."


def test_proposals_are_compared_as_on_the_page(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    ids = [proposed(cast, job_id=job_id, pitch=f"Pitch {n}.") for n in range(3)]
    found = api.hana.compare(job_id, *ids[:2])
    assert {(one.id, one.pitch, one.candidate_name) for one in found.proposals} == {
        (ids[n], f"Pitch {n}.", "L. B.") for n in range(2)
    }
    with pytest.raises(client.InvalidInput):
        api.hana.compare(job_id)  # nobody is on the shortlist
    api.hana.change_shortlist(job_id, add=ids[1:])
    listed = api.hana.compare(job_id).proposals
    assert [(one.is_shortlisted, one.guarantee_days) for one in listed] == [(True, 90)] * 2
    for said in (f"{ids[0]},x", str(ids[0])):
        with pytest.raises(client.InvalidInput) as refused:
            api.hana.request("GET", f"jobs/{job_id}/compare", proposals=said)
        assert list(refused.value.details) == ["proposals"]


def test_17_a_recruiter_proposes(api: Callers, cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    made = api.rita.propose(candidate_id=candidate_id, job_id=job_id, pitch=PITCH, expected_salary=Decimal("168000.50"))
    assert (made.candidate_id, made.job_id, made.recruiter_id) == (candidate_id, job_id, cast.rita.recruiter_id)
    assert (made.state, made.pitch, made.expected_salary) == ("proposed", PITCH, Decimal("168000.50"))
    assert (made.proposed_at, made.expires_at) == (DAY, WEEK_LATER)


def test_17_the_answer_is_201_with_its_address(api: Callers, cast: Cast) -> None:
    answer = api.rita.request(
        "POST", "proposals", candidate_id=claimed(cast), job_id=posted(cast, currency="JPY"), pitch=PITCH,
        expected_salary=9_000_000,
    )  # fmt: skip
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/proposals/{answer.json()['id']}"
    assert answer.json()["expected_salary"] == 9_000_000


def test_17_restrictions_are_read_before_one_proposes(api: Callers, cast: Cast) -> None:
    job_id = job_on(cast, restrictions="Nobody who works for Rival Corp.")
    said = {"candidate_id": claimed(cast), "job_id": job_id, "pitch": PITCH}
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.propose(**said)
    assert list(refused.value.details) == ["restrictions_read"]
    with pytest.raises(client.Conflict) as stale:
        api.rita.propose(**said, restrictions_read=True, terms_version="another")
    assert stale.value.code == "STALE_VERSION"
    assert api.rita.propose(**said, restrictions_read=True).state == "proposed"


def test_17_terms_that_changed_since_they_were_read_are_read_again(api: Callers, cast: Cast) -> None:
    job_id = job_on(cast)
    read = api.rita.terms_of_job(job_id).terms_version
    api.carl.change_terms_of_job(job_id, payment_days=60)
    with pytest.raises(client.Conflict) as refused:
        api.rita.propose(candidate_id=claimed(cast), job_id=job_id, pitch=PITCH, terms_version=read)
    assert refused.value.code == "STALE_VERSION"


def test_17_conflicts_have_codes(api: Callers, cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    api.rita.propose(candidate_id=candidate_id, job_id=job_id, pitch=PITCH)
    cases = [
        (api.rita, candidate_id, job_id, "DUPLICATE_PROPOSAL"),
        (api.rita, candidate_id, posted(cast, status="draft"), None),
    ]
    for who, candidate, job, code in cases:
        with pytest.raises(client.ApiError) as refused:
            who.propose(candidate_id=candidate, job_id=job, pitch=PITCH)
        assert refused.value.code == (code or "NOT_FOUND")
    with pytest.raises(client.NotFound):
        api.omar.propose(candidate_id=candidate_id, job_id=job_id, pitch=PITCH)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pitch": ""}, "pitch"),
        ({"pitch": "x" * 5_001}, "pitch"),
        ({"expected_salary": 0}, "expected_salary"),
        ({"expected_salary": 1.005}, "expected_salary"),
        ({"expected_salary": "100"}, "expected_salary"),
        ({"job_id": "7"}, "job_id"),
        ({"recruiter_id": str(uuid.UUID(int=1))}, "recruiter_id"),
    ],
)
def test_17_invalid_input_names_the_field(api: Callers, cast: Cast, change: dict[str, object], field: str) -> None:
    body = {"candidate_id": uuid.UUID(int=1), "job_id": posted(cast), "pitch": PITCH, **change}
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("POST", "proposals", **body)
    assert field in refused.value.details


def test_18_each_side_sees_the_proposal_with_what_it_may_do(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast, name="Lena Brandt")
    mine, theirs = api.rita.proposal(proposal_id), api.carl.proposal(proposal_id)
    assert (mine.candidate_name, mine.allowed_actions) == ("Lena Brandt", ["withdraw"])
    assert (theirs.candidate_name, theirs.job_title, theirs.recruiter_name) == ("L. B.", "Staff ML Engineer", "Rita")
    assert theirs.allowed_actions == ["review", "accept", "decline", "ask", "shortlist", "delegate"]
    assert theirs.reviewed_at is None
    assert api.pia.proposal(proposal_id).candidate_name == "Lena Brandt"


def test_18_strangers_get_404(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    for who in (api.omar, api.zoe):
        with pytest.raises(client.NotFound):
            who.proposal(proposal_id)


def test_19_accepting_reveals_the_candidate(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast, name="Lena Brandt")
    done = api.hana.accept(proposal_id, notes="Call her.")
    assert (done.id, done.state, done.accepted_at) == (proposal_id, "accepted", DAY)
    assert (done.reviewed_by, done.notes) == ("Hana", "Call her.")
    assert api.hana.proposal(proposal_id).candidate_name == "Lena Brandt"


def test_20_declining_has_a_reason(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    done = api.carl.decline(proposal_id, decline_reason="salary", notes="Above the band.")
    assert (done.id, done.state, done.declined_at) == (proposal_id, "declined", DAY)
    assert (done.reviewed_by, done.decline_reason, done.notes) == ("Carl", "salary", "Above the band.")
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.decline(proposed(cast), decline_reason="bored")
    assert "decline_reason" in refused.value.details


def test_19_and_20_the_loser_of_a_race_learns_the_state(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    api.carl.accept(proposal_id)
    for decide in (api.hana.accept, lambda p: api.hana.decline(p, decline_reason="other")):
        with pytest.raises(client.Conflict) as refused:
            decide(proposal_id)
        assert (refused.value.code, refused.value.details["state"]) == ("WRONG_STATE", "accepted")


def test_19_and_20_are_for_the_company_alone_and_in_time(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    with pytest.raises(client.NotPermitted):
        api.rita.accept(proposal_id)
    with pytest.raises(client.NotFound):
        api.zoe.accept(proposal_id)
    carl = api.carl
    with simulated(WEEK_LATER), pytest.raises(client.Conflict) as refused:
        carl.accept(proposal_id)
    assert refused.value.code == "PROPOSAL_EXPIRED"


def test_21_a_recruiter_lists_the_own_ones_and_a_company_those_to_its_jobs(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    here = [proposed(cast, job_id=job_id) for _ in range(2)]
    elsewhere = proposed(cast, job_id=posted(cast, cast.zoe))
    recruiter_id = cast.rita.recruiter_id
    assert recruiter_id is not None
    mine = api.rita.proposals_of_recruiter(recruiter_id)
    assert (mine.recruiter_id, mine.total) == (recruiter_id, 3)
    assert [p.id for p in mine.proposals] == [elsewhere, *reversed(here)]
    assert [p.id for p in api.zoe.proposals_of_recruiter(recruiter_id).proposals] == [elsewhere]
    assert api.rita.proposals_of_recruiter(recruiter_id, job_id=job_id, limit=1, offset=1).total == 2
    assert api.rita.proposals_of_recruiter(recruiter_id, state="accepted").total == 0
    with pytest.raises(client.NotFound):
        api.omar.proposals_of_recruiter(recruiter_id)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"offset": 10_001}, {"state": "x"}, {"page": 2}])
def test_21_a_wrong_query_names_the_parameter(api: Callers, cast: Cast, query: dict[str, object]) -> None:
    assert cast.rita.recruiter_id is not None
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.proposals_of_recruiter(cast.rita.recruiter_id, **query)
    assert list(refused.value.details) == list(query)


def test_22_the_company_lists_the_proposals_to_its_job(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    first, second = proposed(cast, job_id=job_id, name="Lena Brandt"), proposed(cast, cast.omar, job_id=job_id)
    api.carl.accept(first)
    listed = api.hana.proposals_of_job(job_id)
    assert (listed.job_id, listed.job_title, listed.total) == (job_id, "Staff ML Engineer", 2)
    assert [(p.id, p.recruiter_name, p.state) for p in listed.proposals] == [
        (second, "Omar", "proposed"),
        (first, "Rita", "accepted"),
    ]
    assert [p.candidate_name for p in listed.proposals] == ["L. B.", "Lena Brandt"]
    assert [p.id for p in api.hana.proposals_of_job(job_id, state="accepted").proposals] == [first]


def test_22_is_not_for_recruiters_nor_for_other_companies(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    with pytest.raises(client.NotPermitted):
        api.rita.proposals_of_job(job_id)
    with pytest.raises(client.NotFound):
        api.zoe.proposals_of_job(job_id)


def test_23_the_run_times_out_what_is_overdue(api: Callers, cast: Cast) -> None:
    late, pia, carl = proposed(cast, name="Lena Brandt"), api.pia, api.carl
    with simulated(later(days=1)):
        fresh = proposed(cast)
    with simulated(WEEK_LATER):
        done = pia.process_timeouts()
        assert done.processed == 1
        (one,) = done.timed_out_proposals
        assert (one.id, one.candidate_name, one.job_title) == (late, "Lena Brandt", "Staff ML Engineer")
        assert (one.proposed_at, one.expired_at) == (DAY, WEEK_LATER)
        assert pia.process_timeouts().processed == 0
        assert carl.proposal(fresh).state == "proposed"


def test_23_is_for_the_platform_alone_and_takes_no_fields(api: Callers) -> None:
    for who in (api.rita, api.carl, api.hana):
        with pytest.raises(client.NotPermitted):
            who.process_timeouts()
    with pytest.raises(client.InvalidInput):
        api.pia.request("POST", "proposals/process-timeouts", force=True)
