"""Endpoints 5–12: the life of a placement, and the hire that begins it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import accepted, active, day, failed, hired
from tests.marketplace import later, posted
from tests.money import begun, job_on, started

START = date(2026, 11, 24)
END = date(2027, 2, 22)  # 90 days later


def test_hiring_makes_a_placement(api: Callers, cast: Cast) -> None:
    proposal_id = accepted(cast, job_id=posted(cast, fee_bp=1_850))
    answer = api.carl.request("POST", "placements", proposal_id=proposal_id, salary=125_000, fee_percentage=18.5)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/placements/{made['id']}"
    assert (made["state"], made["salary"], made["fee_percentage"], made["total_fee"]) == (
        "hired",
        125_000,
        18.5,
        23_125,
    )
    assert made["allowed_actions"] == ["activate", "no_show", "undo", "correct", "edit_splits"]
    assert api.carl.request("GET", f"placements/{made['id']}").json() == made


def test_a_hire_at_another_fee_than_that_of_the_terms_is_refused(api: Callers, cast: Cast) -> None:
    with pytest.raises(client.Conflict) as refused:
        api.carl.request("POST", "placements", proposal_id=accepted(cast), salary=125_000, fee_percentage=18.5)
    assert refused.value.code == "FEE_NOT_OF_TERMS"


def test_a_hire_may_name_the_day_that_was_agreed(api: Callers, cast: Cast) -> None:
    body = {"proposal_id": accepted(cast), "salary": 100_000}
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.request("POST", "placements", **body, start_date="2020-01-01")
    assert "start_date" in refused.value.details
    made = api.carl.request("POST", "placements", **body, start_date="2026-12-01").json()
    assert (made["start_date"], made["guarantee_end_date"]) == ("2026-12-01", None)


def test_hiring_twice_or_without_acceptance_is_refused(api: Callers, cast: Cast) -> None:
    proposal_id = accepted(cast)
    api.carl.request("POST", "placements", proposal_id=proposal_id, salary=125_000)
    with pytest.raises(client.Conflict) as refused:
        api.carl.request("POST", "placements", proposal_id=proposal_id, salary=125_000)
    assert refused.value.code == "ALREADY_HIRED"
    with pytest.raises(client.InvalidInput) as nothing:
        api.carl.request("POST", "placements", proposal_id=accepted(cast), salary=0.01)
    assert "salary" in nothing.value.details


def test_the_list_has_what_the_caller_may_see(api: Callers, cast: Cast) -> None:
    first, second = hired(cast), hired(cast)
    page = api.carl.request("GET", "placements", limit=1).json()
    assert ([p["id"] for p in page["placements"]], page["next_cursor"]) == ([str(second)], str(second))
    rest = api.carl.request("GET", "placements", cursor=page["next_cursor"]).json()
    assert ([p["id"] for p in rest["placements"]], rest["next_cursor"]) == ([str(first)], None)
    (mine, _) = api.rita.request("GET", "placements").json()["placements"]
    assert (mine["own_amount"], mine["total_fee"]) == (17_500, 25_000)
    for who in (api.zoe, api.omar):
        assert who.request("GET", "placements").json()["placements"] == []


def test_5_activation_starts_the_guarantee(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    done = api.carl.activate(placement_id, start_date=START, guarantee_days=90)
    assert (done.placement_id, done.state, done.activated_at) == (placement_id, "active", DAY)
    assert (done.guarantee_end_date, done.guarantee_days) == (END, 90)
    with pytest.raises(client.Conflict) as refused:
        api.carl.activate(placement_id, start_date=START)
    assert refused.value.code == "WRONG_STATE"


def test_5_a_start_that_ends_the_guarantee_at_once_is_asked_about(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    long_ago = START - timedelta(days=120)
    with pytest.raises(client.Conflict) as refused:
        api.carl.activate(placement_id, start_date=long_ago)
    assert (refused.value.code, "accept_ended" in refused.value.details) == ("GUARANTEE_ENDED", True)
    assert api.carl.activate(placement_id, start_date=long_ago, accept_ended=True).state == "active"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "start_date"),
        ({"start_date": "tomorrow"}, "start_date"),
        ({"start_date": "2020-01-01"}, "start_date"),
        ({"start_date": "2026-11-24", "guarantee_days": 366}, "guarantee_days"),
        ({"start_date": "2026-11-24", "guarantee_days": "90"}, "guarantee_days"),
        ({"start_date": "2026-11-24", "guarantee_days": True}, "guarantee_days"),
    ],
)
def test_5_invalid_input_names_the_field(api: Callers, cast: Cast, body: dict[str, object], field: str) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.request("POST", f"placements/{hired(cast)}/activate", **body)
    assert field in refused.value.details


def test_a_recruiter_answers_an_extension_once(api: Callers, cast: Cast) -> None:
    placement_id = started(cast)
    api.carl.extend_guarantee(placement_id, additional_days=30, reason="Two weeks of leave")
    said = api.rita.answer_extension(placement_id, agreed=True)
    assert (said.agreed, said.guarantee_end_date) == (True, day(120))
    with pytest.raises(client.Conflict, match="already answered"):
        api.rita.answer_extension(placement_id, agreed=False)


@pytest.mark.parametrize(
    "path", ["activate", "complete", "fail", "request-replacement", "link-replacement", "guarantee/extend"]
)
def test_5_to_12_changes_are_for_the_company_s_admins(api: Callers, cast: Cast, path: str) -> None:
    placement_id, bodies = hired(cast), {
        "activate": {"start_date": START},
        "fail": {"failure_reason": "other"},
        "request-replacement": {"replacement_deadline": START},
        "link-replacement": {"replacement_placement_id": uuid.UUID(int=1)},
        "guarantee/extend": {"additional_days": 1, "reason": "Late start"},
    }  # fmt: skip
    for who, error in ((api.rita, client.NotPermitted), (api.hana, client.NotPermitted), (api.zoe, client.NotFound)):
        with pytest.raises(error):
            who.request("POST", f"placements/{placement_id}/{path}", **bodies.get(path, {}))


def test_6_completion_waits_for_the_guarantee(api: Callers, cast: Cast) -> None:
    placement_id, carl = active(cast), api.carl
    with pytest.raises(client.Conflict) as early:
        carl.complete(placement_id)
    assert (early.value.code, early.value.details) == ("GUARANTEE_RUNNING", {"guarantee_end_date": "2027-02-22"})
    with simulated(later(days=90)):
        done = carl.complete(placement_id, completion_notes="A good match.")
    assert (done.placement_id, done.state, done.completed_at) == (placement_id, "completed", later(days=90))
    assert done.completion_notes == "A good match."


def test_7_a_failure_inside_the_guarantee_may_be_replaced(api: Callers, cast: Cast) -> None:
    placement_id = active(cast)
    done = api.carl.fail(placement_id, failure_reason="candidate_quit", failure_notes="Moved away.")
    assert (done.placement_id, done.state, done.failed_at) == (placement_id, "failed", DAY)
    assert (done.failure_reason, done.failure_notes) == ("candidate_quit", "Moved away.")
    assert done.replacement_eligible


def test_7_a_failure_names_the_remedy_or_why_there_is_none(api: Callers, cast: Cast) -> None:
    owed, void = started(cast), begun(cast, job_on(cast), name="Ada One")
    refunded = begun(cast, job_on(cast, remedy="pro_rata"), name="Ada Two")
    with simulated(later(days=40)):
        remedy = api.carl.fail(owed, failure_reason="candidate_quit").remedy
        assert remedy is not None
        assert (remedy.kind, remedy.refund, remedy.obligation_due) == ("replacement_first", 0, date(2027, 2, 2))
        remedy = api.carl.fail(refunded, failure_reason="candidate_quit", last_day_worked=later(days=39).date()).remedy
        assert remedy is not None
        assert (remedy.kind, remedy.refund, remedy.void_reason) == ("pro_rata", Decimal("14166.67"), None)
        remedy = api.carl.fail(void, failure_reason="layoff").remedy
        assert remedy is not None
        assert (remedy.ending, remedy.refund, remedy.void_reason) == ("void", 0, "reason")
    assert api.carl.fail(hired(cast, name="Ada Three"), failure_reason="no_show").remedy is None


def test_7_a_failure_after_the_guarantee_and_a_no_show_may_not(api: Callers, cast: Cast) -> None:
    placement_id, unstarted, carl = active(cast), hired(cast), api.carl
    with simulated(later(days=91)):
        assert not carl.fail(placement_id, failure_reason="layoff").replacement_eligible
    with pytest.raises(client.InvalidInput) as refused:
        carl.fail(unstarted, failure_reason="layoff")
    assert list(refused.value.details) == ["failure_reason"]
    assert not carl.fail(unstarted, failure_reason="no_show").replacement_eligible


def test_8_a_replacement_is_requested_once_inside_the_window(api: Callers, cast: Cast) -> None:
    placement_id, carl = failed(cast, on=0), api.carl
    with pytest.raises(client.InvalidInput) as refused:
        carl.request_replacement(placement_id, replacement_deadline=START + timedelta(days=31))
    assert list(refused.value.details) == ["replacement_deadline"]
    done = carl.request_replacement(placement_id, replacement_deadline=START + timedelta(days=30), notes="Please.")
    assert (done.placement_id, done.replacement_requested) == (placement_id, True)
    assert (done.replacement_deadline, done.days_remaining) == (date(2026, 12, 24), 30)
    with pytest.raises(client.Conflict) as again:
        carl.request_replacement(placement_id, replacement_deadline=START + timedelta(days=30))
    assert again.value.code == "REPLACEMENT_REQUESTED"


def test_8_what_did_not_fail_in_time_is_not_replaced(api: Callers, cast: Cast) -> None:
    running, late, carl = active(cast), active(cast), api.carl
    with pytest.raises(client.Conflict) as refused:
        carl.request_replacement(running, replacement_deadline=START + timedelta(days=1))
    assert refused.value.code == "WRONG_STATE"
    with simulated(later(days=91)):
        carl.fail(late, failure_reason="layoff")
        with pytest.raises(client.Conflict) as outside:
            carl.request_replacement(late, replacement_deadline=START + timedelta(days=95))
    assert outside.value.code == "NOT_ELIGIBLE"


def test_9_the_replacement_is_linked(api: Callers, cast: Cast) -> None:
    job_id, carl = posted(cast), api.carl
    original = failed(cast, on=10, job_id=job_id)
    with simulated(later(days=12)):
        other = hired(cast, job_id=job_id, name="Noa Levi")
        done = carl.link_replacement(original, replacement_placement_id=other)
        assert (done.original_placement_id, done.replacement_placement_id) == (original, other)
        assert done.linked_at == later(days=12)
        with pytest.raises(client.Conflict) as refused:
            carl.link_replacement(original, replacement_placement_id=original)
    assert refused.value.code == "CANNOT_REPLACE"


def test_10_the_history_is_told_oldest_first(api: Callers, cast: Cast) -> None:
    placement_id = active(cast)
    api.carl.fail(placement_id, failure_reason="other", failure_notes="No.")
    for who in (api.carl, api.rita, api.hana):
        told = who.state_history(placement_id)
        assert (told.placement_id, told.current_state) == (placement_id, "failed")
        assert [(s.from_state, s.to_state, s.transitioned_by, s.notes) for s in told.history] == [
            (None, "hired", "Carl", ""),
            ("hired", "active", "Carl", ""),
            ("active", "failed", "Carl", "No."),
        ]
        assert told.history[0].transitioned_at == DAY


def test_11_the_guarantee_counts_down(api: Callers, cast: Cast) -> None:
    placement_id, rita = active(cast), api.rita
    running = rita.guarantee(placement_id)
    assert (running.guarantee_days, running.activated_at, running.guarantee_end_date) == (90, DAY, END)
    assert (running.days_remaining, running.is_active) == (90, True)
    with simulated(later(days=91)):
        over = rita.guarantee(placement_id)
    assert (over.days_remaining, over.is_active) == (0, False)


def test_11_before_the_activation_there_is_none(api: Callers, cast: Cast) -> None:
    found = api.carl.guarantee(hired(cast))
    assert (found.guarantee_days, found.activated_at, found.guarantee_end_date) == (None, None, None)
    assert (found.days_remaining, found.is_active) == (0, False)


def test_12_an_extension_moves_the_end(api: Callers, cast: Cast) -> None:
    placement_id = active(cast)
    done = api.carl.extend_guarantee(placement_id, additional_days=30, reason="A late start")
    assert (done.placement_id, done.original_guarantee_days, done.new_guarantee_days) == (placement_id, 90, 120)
    assert (done.new_guarantee_end_date, done.extended_at) == (date(2027, 3, 24), DAY)
    for body in ({"additional_days": 0, "reason": "x"}, {"additional_days": 1, "reason": ""}, {"additional_days": 1}):
        with pytest.raises(client.InvalidInput):
            api.carl.request("POST", f"placements/{placement_id}/guarantee/extend", **body)


def test_12_a_guarantee_that_is_over_or_was_extended_twice_stays(api: Callers, cast: Cast) -> None:
    placement_id, carl = active(cast), api.carl
    for _ in range(2):
        carl.extend_guarantee(placement_id, additional_days=1, reason="Late")
    with pytest.raises(client.Conflict) as thrice:
        carl.extend_guarantee(placement_id, additional_days=1, reason="Late")
    assert thrice.value.code == "NO_MORE_EXTENSIONS"
    with simulated(later(days=93)), pytest.raises(client.Conflict) as over:
        carl.extend_guarantee(placement_id, additional_days=1, reason="Late")
    assert over.value.code == "GUARANTEE_OVER"


@pytest.mark.parametrize("path", ["", "/state-history", "/guarantee", "/collaborators", "/receipt"])
def test_strangers_see_nothing_of_a_placement(api: Callers, cast: Cast, path: str) -> None:
    placement_id = active(cast)
    for who in (api.zoe, api.omar):
        with pytest.raises(client.NotFound):
            who.request("GET", f"placements/{placement_id}{path}")


def test_money_of_yen_has_no_decimals(api: Callers, cast: Cast) -> None:
    proposal_id = accepted(cast, job_id=posted(cast, currency="JPY"))
    made = api.carl.request("POST", "placements", proposal_id=proposal_id, salary=9_000_001).json()
    assert (made["currency"], made["salary"], made["total_fee"]) == ("JPY", 9_000_001, 1_800_000)
    assert api.carl.collaborators(uuid.UUID(made["id"])).collaborators[0].amount_earned == Decimal(720_000)
