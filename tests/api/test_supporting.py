"""What the founding endpoints presuppose: candidates, jobs, recruiters, questions, events, notices."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from portal.services.log import chain
from tests.api.callers import Callers
from tests.cast import Cast
from tests.letters import worked
from tests.marketplace import claimed, later, posted, proposed

LENA = {
    "full_name": "Lena Brandt", "email": "Lena@Mail.test", "phone": "+49 30 901820", "location": "Berlin",
    "title": "Engineer", "employer": "Acme", "linkedin_url": "linkedin.com/in/lena-brandt", "skills": ["Go", "SQL"],
}  # fmt: skip


# --- candidates ---------------------------------------------------------------------------------------------


def test_a_candidate_is_entered_read_and_listed(api: Callers) -> None:
    answer = api.rita.request("POST", "candidates", **LENA)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/candidates/{made['id']}")
    assert (made["phone"], made["linkedin_url"]) == ("+4930901820", "https://www.linkedin.com/in/lena-brandt")
    assert (made["skills"], made["is_protected"], made["version"]) == (["Go", "SQL"], False, 1)
    assert api.rita.request("GET", f"candidates/{made['id']}").json() == made
    (line,) = api.rita.request("GET", "candidates", q="lena").json()["candidates"]
    assert (line["id"], line["protection_expires_at"], line["open_proposals"]) == (made["id"], None, 0)


def test_a_duplicate_is_refused_without_telling_whose(api: Callers) -> None:
    api.rita.request("POST", "candidates", **LENA)
    with pytest.raises(client.Conflict) as refused:
        api.omar.request("POST", "candidates", full_name="L. Brandt", email="lena@mail.test")
    assert (refused.value.code, refused.value.details) == ("CANDIDATE_EXISTS", {"result": "free"})


def test_all_wrong_fields_of_a_candidate_are_named(api: Callers) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("POST", "candidates", full_name=" ", email="nobody", phone="123")
    assert set(refused.value.details) == {"full_name", "email", "phone"}


def test_a_change_keeps_what_is_left_out_and_null_empties(api: Callers) -> None:
    made = api.rita.request("POST", "candidates", **LENA).json()
    path = f"candidates/{made['id']}"
    changed = api.rita.request("PATCH", path, title="Lead engineer", version=1).json()
    assert changed == {**made, "title": "Lead engineer", "version": 2}
    with pytest.raises(client.Conflict) as stale:
        api.rita.request("PATCH", path, title="CTO", version=1)
    assert stale.value.code == "STALE_VERSION"
    emptied = api.rita._http.patch(f"/api/{path}", json={"phone": None, "linkedin_url": None}).json()
    assert (emptied["phone"], emptied["linkedin_url"]) == (None, None)
    nothing = api.rita._http.patch(f"/api/{path}", json={"title": None})
    assert (nothing.status_code, list(nothing.json()["details"])) == (400, ["title"])


def test_a_profile_is_entered_changed_as_a_whole_and_checked(api: Callers) -> None:
    profile = {"experience_years": 8, "available_on": "2027-01-15", "salary": 90_000, "currency": "EUR"}
    typed = {"full_name": "Lena Brandt", "email": "lena@mail.test", "profile": profile}
    made = api.rita.request("POST", "candidates", **typed).json()
    none = {"notice_weeks": None, "expected_salary": None, "right_to_work": "", "languages": []}
    assert made["profile"] == {**profile, **none}
    path = f"candidates/{made['id']}"
    assert api.rita.request("PATCH", path, title="CTO").json()["profile"] == made["profile"]
    changed = api.rita.request("PATCH", path, profile={"languages": ["German"]}).json()["profile"]
    assert (changed["languages"], changed["salary"], changed["currency"]) == (["German"], None, None)
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("PATCH", path, profile={"salary": 1})
    assert list(refused.value.details) == ["currency"]


def test_candidates_are_listed_by_pages(api: Callers, cast: Cast) -> None:
    ids = [str(claimed(cast)) for _ in range(3)]
    first = api.rita.request("GET", "candidates", limit=2, mine="true").json()
    assert [c["id"] for c in first["candidates"]] == [ids[2], ids[1]]
    assert first["candidates"][0]["protection_expires_at"] == "2027-11-24T09:00:00.000Z"
    rest = api.rita.request("GET", "candidates", limit=2, cursor=first["next_cursor"]).json()
    assert ([c["id"] for c in rest["candidates"]], rest["next_cursor"]) == ([ids[0]], None)
    assert api.omar.request("GET", "candidates").json()["candidates"] == []


def test_a_candidate_of_somebody_else_is_404_and_the_look_of_an_admin_an_event(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    for who in (api.omar, api.zoe, api.carl):
        with pytest.raises(client.NotFound):
            who.request("GET", f"candidates/{candidate_id}")
    assert api.pia.request("GET", f"candidates/{candidate_id}").json()["id"] == str(candidate_id)
    (seen,) = api.pia.request("GET", "events", type="candidate.viewed").json()["events"]
    assert (seen["candidate_id"], seen["actor"]) == (str(candidate_id), "Pia")


def test_a_blind_check_tells_only_what_it_may(api: Callers) -> None:
    check = ("POST", "candidates/check")
    nothing = {"until": None, "candidate_id": None}
    assert api.omar.request(*check, email="lena@mail.test").json() == {"result": "unknown", **nothing}
    made = api.rita.request("POST", "candidates", **LENA).json()
    assert api.omar.request(*check, email="lena@mail.test").json() == {"result": "free", **nothing}
    api.rita.source_candidate(uuid.UUID(made["id"]), source_method="linkedin")
    until = "2027-11-24T09:00:00.000Z"
    assert api.omar.request(*check, phone="+49 30 901820").json() == {**nothing, "result": "protected", "until": until}
    mine = api.rita.request(*check, full_name="lena brandt", employer="ACME").json()
    assert mine == {"result": "yours", "until": until, "candidate_id": made["id"]}
    with pytest.raises(client.InvalidInput):
        api.omar.request(*check)


# --- jobs ---------------------------------------------------------------------------------------------------

JOB = {"title": "Staff engineer", "fee_percentage": 22.5, "salary_min": 90_000, "salary_max": 120_000.5}


def test_a_job_is_posted_read_and_listed(api: Callers) -> None:
    answer = api.carl.request("POST", "jobs", **JOB, location="Berlin")
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/jobs/{made['id']}")
    assert (made["fee_percentage"], made["salary_min"], made["salary_max"]) == (22.5, 90_000, 120_000.5)
    assert (made["status"], made["currency"], made["company_name"]) == ("active", "USD", "Acme")
    assert api.rita.request("GET", f"jobs/{made['id']}").json() == made
    (line,) = api.rita.request("GET", "jobs", q="staff", status="active").json()["jobs"]
    assert (line["id"], line["fee_percentage"], line["open_proposals"]) == (made["id"], 22.5, 0)


def test_a_platform_admin_names_the_company(api: Callers, cast: Cast) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.pia.request("POST", "jobs", **JOB)
    assert "company_id" in refused.value.details
    made = api.pia.request("POST", "jobs", **JOB, company_id=cast.acme).json()
    assert made["company_id"] == str(cast.acme)


def test_wrong_figures_of_a_job_are_named_as_they_were_sent(api: Callers) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.request("POST", "jobs", **{**JOB, "salary_max": 1, "currency": "XYZ"})
    assert "currency" in refused.value.details
    with pytest.raises(client.InvalidInput) as order:
        api.carl.request("POST", "jobs", **{**JOB, "salary_max": 1})
    assert list(order.value.details) == ["salary_max"]


def test_a_job_is_changed_and_closed(api: Callers, cast: Cast) -> None:
    made = api.carl.request("POST", "jobs", **JOB).json()
    path = f"jobs/{made['id']}"
    proposal_id = proposed(cast, job_id=uuid.UUID(made["id"]))
    changed = api.carl.request("PATCH", path, fee_percentage=20, version=1).json()
    assert (changed["fee_percentage"], changed["title"], changed["version"]) == (20, "Staff engineer", 2)
    with pytest.raises(client.Conflict) as stale:
        api.carl.request("PATCH", path, title="Other", version=1)
    assert stale.value.code == "STALE_VERSION"
    cleared = api.carl._http.patch(f"/api/{path}", json={"salary_max": None}).json()
    assert (cleared["salary_max"], cleared["salary_min"]) == (None, 90_000)
    closed = api.carl.request("PATCH", path, status="closed").json()
    assert (closed["status"], closed["open_proposals"]) == ("closed", 0)
    assert api.rita.proposal(proposal_id).state == "withdrawn"
    with pytest.raises(client.Conflict) as refused:
        api.carl.request("PATCH", path, status="draft")
    assert refused.value.code == "WRONG_STATE"


def test_jobs_are_the_company_s_own(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    for who, error in ((api.zoe, client.NotFound), (api.rita, client.NotPermitted), (api.hana, client.NotPermitted)):
        with pytest.raises(error):
            who.request("PATCH", f"jobs/{job_id}", title="Mine")
    assert api.zoe.request("GET", "jobs").json() == {"jobs": [], "next_cursor": None}
    newer = posted(cast)
    page = api.carl.request("GET", "jobs", limit=1).json()
    assert ([j["id"] for j in page["jobs"]], page["next_cursor"]) == ([str(newer)], str(newer))


# --- proposals and questions ----------------------------------------------------------------------------------


def test_all_proposals_that_one_may_see_are_listed(api: Callers, cast: Cast) -> None:
    mine, other = proposed(cast), proposed(cast, cast.omar, job_id=posted(cast, cast.zoe))
    assert [p["id"] for p in api.pia.request("GET", "proposals").json()["proposals"]] == [str(other), str(mine)]
    listed = api.carl.request("GET", "proposals", state="proposed").json()
    assert (listed["total"], listed["proposals"][0]["company_name"]) == (1, "Acme")


def test_a_company_reviews_and_a_recruiter_withdraws(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    seen = api.hana.request("POST", f"proposals/{proposal_id}/review").json()
    assert (seen["state"], seen["reviewed_at"]) == ("company_reviewing", "2026-11-24T09:00:00.000Z")
    with pytest.raises(client.NotPermitted):
        api.carl.request("POST", f"proposals/{proposal_id}/withdraw")
    gone = api.rita.request("POST", f"proposals/{proposal_id}/withdraw", notes="Took another offer.").json()
    assert (gone["state"], gone["allowed_actions"]) == ("withdrawn", [])


def test_questions_are_asked_and_answered_once(api: Callers, cast: Cast) -> None:
    proposal_id = proposed(cast)
    answer = api.hana.request("POST", f"proposals/{proposal_id}/questions", question="When could she start?")
    asked = answer.json()
    assert (answer.status_code, asked["asked_by"], asked["answer"]) == (201, "Hana", None)
    path = f"questions/{asked['id']}/answer"
    for who, error in ((api.omar, client.NotFound), (api.hana, client.NotPermitted)):
        with pytest.raises(error):
            who.request("POST", path, answer="Never.")
    assert api.rita.request("POST", path, answer="In January.").json()["answer"] == "In January."
    with pytest.raises(client.Conflict) as again:
        api.rita.request("POST", path, answer="In March.")
    assert again.value.code == "ALREADY_ANSWERED"
    (seen,) = api.carl.request("GET", f"proposals/{proposal_id}/questions").json()["questions"]
    assert (seen["answer"], seen["answered_at"]) == ("In January.", "2026-11-24T09:00:00.000Z")


# --- recruiters -----------------------------------------------------------------------------------------------


def test_recruiters_are_found(api: Callers, cast: Cast) -> None:
    (line,) = api.carl.request("GET", "recruiters", q="north", status="active").json()["recruiters"]
    assert (line["id"], line["name"], line["agency_name"]) == (str(cast.rita.recruiter_id), "Rita", "North Talent")
    page = api.carl.request("GET", "recruiters", limit=1).json()
    rest = api.carl.request("GET", "recruiters", cursor=page["next_cursor"]).json()
    assert [r["name"] for r in page["recruiters"] + rest["recruiters"]] == ["Omar", "Rita"]
    api.pia.recalculate_reputation(uuid.UUID(line["id"]))
    assert api.hana.request("GET", "recruiters", q="rita").json()["recruiters"][0]["reputation_score"] == 50


def test_a_recruiter_changes_the_own_text_and_the_platform_the_status(api: Callers, cast: Cast) -> None:
    path = f"recruiters/{cast.rita.recruiter_id}"
    assert api.rita.request("PATCH", path, bio="Finds engineers.").json()["bio"] == "Finds engineers."
    for who, body in ((api.rita, {"status": "active"}), (api.omar, {"bio": "Me"}), (api.carl, {"bio": "Me"})):
        with pytest.raises(client.NotPermitted):
            who.request("PATCH", path, **body)
    with pytest.raises(client.InvalidInput):
        api.pia.request("PATCH", path, status="famous")
    assert api.pia.request("PATCH", path, status="suspended").json()["status"] == "suspended"
    with pytest.raises(client.NotPermitted):
        api.rita.propose(candidate_id=claimed(cast, cast.omar), job_id=posted(cast), pitch="x")
    with pytest.raises(client.NotFound):
        api.pia.request("PATCH", f"recruiters/{uuid.uuid4()}", bio="Nobody")
    told = api.pia.request("GET", "events", type="recruiter.status_changed").json()["events"]
    assert [(e["recruiter_id"], e["payload"]["new"]) for e in told] == [(str(cast.rita.recruiter_id), "suspended")]


# --- events and notices ---------------------------------------------------------------------------------------


def test_the_log_is_filtered_and_paged_by_cursor(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    found = api.pia.request("GET", "events", subject=candidate_id, type="candidate.sourced").json()
    (event,) = found["events"]
    assert (event["actor_id"], event["organisation"]) == (str(cast.rita.user_id), "North Talent")
    assert event["payload"]["source_method"] == "linkedin"
    first = api.pia.request("GET", "events", limit=1, actor="rita").json()
    rest = api.pia.request("GET", "events", cursor=first["next_cursor"], subject=candidate_id).json()
    assert [e["type"] for e in first["events"] + rest["events"]] == ["candidate.sourced", "candidate.added"]
    same = api.pia.request("GET", "events", correlation_id=event["correlation_id"]).json()
    assert event["id"] in [e["id"] for e in same["events"]]
    for who in (api.rita, api.carl):
        with pytest.raises(client.NotPermitted):
            who.request("GET", "events")


def test_times_limit_the_log(api: Callers, cast: Cast) -> None:
    claimed(cast)
    day = {"since": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00Z", "type": "candidate.sourced"}
    assert len(api.pia.request("GET", "events", **day).json()["events"]) == 1
    assert api.pia.request("GET", "events", since="2026-11-25T00:00:00Z").json()["events"] == []


def test_the_log_verifies_itself(api: Callers, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "PORTAL_DATA_DIR", str(tmp_path))
    claimed(cast)
    sealed = chain.seal_pending(actor=cast.actor(cast.pia))
    verdict = api.pia.request("POST", "events/verify").json()
    assert (verdict["ok"], verdict["checked"], verdict["problem"], verdict["next"]) == (True, sealed, None, None)
    with pytest.raises(client.InvalidInput, match="no entry with this number"):
        api.pia.request("POST", "events/verify", after=10**9)
    part = api.pia.request("POST", "events/verify", most=1).json()
    assert (part["checked"], part["next"]) == (1, 1)


def test_notices_are_read(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    for _ in range(2):
        proposed(cast, job_id=job_id)
    worked()
    page = api.carl.request("GET", "notifications").json()
    assert page["unread"] == len(page["notices"]) == 2
    first = page["notices"][0]
    assert (first["is_read"], first["path"][:11]) == (False, "/proposals/")
    assert api.carl.request("POST", f"notifications/{first['id']}/read").status_code == 204
    with pytest.raises(client.NotFound):
        api.zoe.request("POST", f"notifications/{first['id']}/read")
    assert api.carl.request("POST", "notifications/read").json() == {"marked": 1}
    older = api.carl.request("GET", "notifications", cursor=f"read-{first['id']}").json()
    assert (older["unread"], [n["is_read"] for n in older["notices"]]) == (0, [True])


def test_me(api: Callers, cast: Cast) -> None:
    me = api.hana.request("GET", "me").json()
    assert (me["name"], me["organisation_name"], me["roles"]) == ("Hana", "Acme", ["hiring_manager"])
    assert (me["recruiter_id"], me["scopes"]) == (None, ["read", "write"])
    with simulated(later(days=366)), pytest.raises(client.NotSignedIn):
        api.hana.request("GET", "me")


def test_a_shortlist_is_changed_by_the_typed_client_and_no_recruiter_reads_it(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    one, other = proposed(cast, job_id=job_id), proposed(cast, job_id=job_id)
    assert api.hana.change_shortlist(job_id, add=[one, other]).proposal_ids == [one, other]
    assert api.carl.change_shortlist(job_id, remove=[one]).proposal_ids == api.hana.shortlist(job_id).proposal_ids
    with pytest.raises(client.NotPermitted):
        api.rita.shortlist(job_id)
    with pytest.raises(client.NotFound):
        api.zoe.change_shortlist(job_id, add=[other])


def test_a_proposal_is_handed_over_by_the_typed_client(api: Callers, cast: Cast) -> None:
    made = proposed(cast)
    assert api.carl.deciders(made).in_hand is None
    assert api.carl.delegate_proposal(made, user_id=cast.hana.user_id).in_hand == cast.hana.user_id
    with pytest.raises(client.InvalidInput):
        api.carl.delegate_proposal(made, user_id=cast.zoe.user_id)
    with pytest.raises(client.Conflict, match="NOT_IN_HAND"):
        api.carl.hand_back_proposal(made)
    assert api.hana.hand_back_proposal(made).in_hand is None
