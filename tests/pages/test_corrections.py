"""Corrections of a hire, and undoing it, as people do that on pages (money.md §9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from portal.runtime.clock import simulated
from portal.services.placements import corrections, placements, replacements
from portal.services.placements.corrections import Right
from tests import hires, money
from tests.cast import DAY, Cast, Person
from tests.checking_client import inputs
from tests.hires import active, day, hired

WHY = "The contract says another salary"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def at(placement_id: uuid.UUID, path: str = "") -> str:
    return f"/placements/{placement_id}{path}"


def typed(cast: Cast, placement_id: uuid.UUID, who: Person | None = None, **values: Any) -> dict[str, Any]:
    """Fill the form of the page as it is drawn, with what a person changes in it."""
    page = cast.client(who or cast.carl).get(at(placement_id, "/correct")).text
    drawn = inputs(page, at(placement_id, "/correct"))
    return {**{name: text for name, text in drawn.items() if name != "csrf_token"}, "reason": WHY, **values}


def test_the_dialog_starts_from_the_recorded_figures(cast: Cast) -> None:
    form = typed(cast, hired(cast))
    assert (form["salary_minor"], form["fee_bp"], form["flat_fee_minor"]) == ("125000", "20", "")


@pytest.mark.parametrize("htmx", [False, True])
def test_a_company_corrects_a_salary_on_the_page(cast: Cast, htmx: bool) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    send = carl.post_htmx if htmx else carl.post_form
    answer = send(at(placement_id, "/correct"), typed(cast, placement_id, salary_minor="130000"))
    assert answer.status_code == (204 if htmx else 303)
    assert hires.placement(placement_id).fee_minor == 2_600_000
    assert "Correction applied." in carl.get(at(placement_id)).text
    assert "$130,000" in carl.get(at(placement_id, "/amendments")).text


def test_a_correction_that_needs_approval_says_that_it_was_sent(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    carl.post_form(at(placement_id, "/correct"), typed(cast, placement_id, fee_bp="18"))
    page = carl.get(at(placement_id)).text
    assert "Correction sent for approval." in page
    assert "Correction applied" not in page


def test_the_difference_for_each_person_is_shown_before_it_is_sent(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    shown = carl.post_htmx(at(placement_id, "/correct/preview"), {"salary_minor": "130000", "fee_bp": "20"}).text
    assert "$10,000.00 → $10,400.00" in shown
    assert "$7,500.00 → $7,800.00" in shown
    assert "Enter salary and fee" in carl.post_htmx(at(placement_id, "/correct/preview"), {"salary_minor": ""}).text


def test_of_a_replacement_that_is_not_charged_nobody_is_promised_its_fee(cast: Cast) -> None:
    first, carl = money.started(cast), cast.client(cast.carl)
    money.left(cast, first, 10)
    with simulated(DAY + timedelta(days=12)):
        other = hired(cast, job_id=hires.placement(first).job_id, name="Noor Haddad")
        assert "Earnings" in carl.get(at(other, "/activate")).text
        replacements.link(first, actor=cast.actor(cast.carl), replacement_id=other)
        preview = carl.post_htmx(at(other, "/correct/preview"), {"salary_minor": "130000", "fee_bp": "20"}).text
        activation, page = carl.get(at(other, "/activate")).text, carl.get(at(other)).text
    assert "This hire isn’t charged, so no one’s amount changes." in preview
    assert "$" not in preview
    assert "Earnings" not in activation
    assert all("divides what’s left of the first placement’s fee" in text for text in (activation, page))


def test_a_refused_correction_keeps_what_was_typed(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    answer = carl.post_form(at(placement_id, "/correct"), typed(cast, placement_id, salary_minor="125000"))
    assert answer.status_code == 422
    assert "These are the current figures" in answer.text
    assert WHY in answer.text


def test_a_flat_fee_is_corrected_to_another_and_to_a_percentage(cast: Cast) -> None:
    placement_id = hired(cast)
    right = Right(flat_fee_minor=2_000_000)
    corrections.correct(placement_id, actor=cast.actor(cast.pia), right=right, reason=WHY)
    form = typed(cast, placement_id, cast.pia)
    assert (form["fee_bp"], form["flat_fee_minor"]) == ("", "20000")
    pia = cast.client(cast.pia)
    pia.post_form(at(placement_id, "/correct"), {**form, "fee_bp": "18"})
    row = hires.placement(placement_id)
    assert (row.fee_bp, row.fee_minor) == (1_800, 2_250_000)


def test_the_submitter_agrees_to_another_percentage_on_the_page(cast: Cast) -> None:
    placement_id = hired(cast)
    cast.client(cast.carl).post_form(at(placement_id, "/correct"), typed(cast, placement_id, fee_bp="18"))
    rita = cast.client(cast.rita)
    assert "Correction of the hire" in rita.get(at(placement_id)).text
    page = rita.get(at(placement_id, "/amendments")).text
    assert "$25,000.00" in page
    assert "$22,500.00" in page
    action = next(part for part in page.split('"') if part.endswith("/answer"))
    assert rita.post_form(action, {"agreed": "yes"}).status_code == 303
    assert hires.placement(placement_id).fee_minor == 2_250_000


def test_a_placement_that_a_wrong_first_day_completed_is_active_again_with_the_right_one(cast: Cast) -> None:
    placement_id, pia = active(cast, start=day(-200)), cast.client(cast.pia)
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    assert "the placement becomes active again" in pia.get(at(placement_id, "/correct")).text
    still_over = typed(cast, placement_id, cast.pia, start_date=day(-199).isoformat(), accept_ended="y")
    assert (
        "With this start date, the guarantee has ended as well."
        in pia.post_form(at(placement_id, "/correct"), still_over).text
    )
    form = typed(cast, placement_id, cast.pia, start_date=day(-2).isoformat(), salary_minor="130000")
    assert pia.post_form(at(placement_id, "/correct"), form).status_code == 303
    row = hires.placement(placement_id)
    assert (row.state, row.guarantee_end_date, row.fee_minor) == ("active", day(88), 2_600_000)


def test_a_hire_is_undone_on_the_page_and_can_be_recorded_again(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    assert "another hire can be recorded from its proposal" in carl.get(at(placement_id, "/undo")).text
    answer = carl.post_form(at(placement_id, "/undo"), {"reason": WHY})
    assert answer.status_code == 303
    assert "The hire was undone on" in carl.get(at(placement_id)).text
    proposal_id = hires.placement(placement_id).proposal_id
    assert carl.get(f"/placements/new?proposal={proposal_id}").status_code == 200


def test_a_no_show_is_undone_on_the_page(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.client(cast.carl)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    assert "Undo no-show" in carl.get(at(placement_id)).text
    assert carl.post_form(at(placement_id, "/undo"), {"reason": WHY}).status_code == 303
    assert hires.placement(placement_id).state == "hired"


def test_who_may_not_correct_is_offered_neither(cast: Cast) -> None:
    placement_id = hired(cast)
    for who in (cast.rita, cast.hana):
        page = cast.client(who).get(at(placement_id)).text
        assert "Correct this hire" not in page
        assert "Undo" not in page
