"""Corrections of a hire over the API, and undoing it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from portal.client import client
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import active, hired

WHY = "The contract says another salary"


def test_a_salary_is_corrected_at_once(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    made = api.carl.correct(placement_id, reason=WHY, salary=Decimal(130_000))
    assert (made.state, made.before.total_fee, made.after.total_fee, made.parties) == ("in_force", 25_000, 26_000, [])
    assert api.rita.corrections(placement_id).corrections == [made]


def test_a_correction_after_activation_waits_for_the_team(api: Callers, cast: Cast) -> None:
    placement_id = active(cast)
    made = api.carl.correct(placement_id, reason=WHY, fee_percentage=Decimal(18))
    assert [(party.recruiter_name, party.agreed) for party in made.parties] == [("Rita", None)]
    assert api.rita.answer_amendment(made.id, agreed=True).state == "in_force"
    [listed] = api.rita.corrections(placement_id).corrections
    assert (listed.state, listed.after.fee_percentage) == ("in_force", 18)


def test_amounts_with_decimals_that_the_currency_lacks_are_refused_by_their_names(api: Callers, cast: Cast) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.correct(hired(cast), reason=WHY, flat_fee=Decimal("100.005"))
    assert "flat_fee" in refused.value.details


def test_a_start_that_ends_the_guarantee_at_once_is_asked_about(api: Callers, cast: Cast) -> None:
    placement_id, long_ago = active(cast), DAY.date() - timedelta(days=200)
    with pytest.raises(client.Conflict) as refused:
        api.carl.correct(placement_id, reason=WHY, start_date=long_ago)
    assert (refused.value.code, "accept_ended" in refused.value.details) == ("GUARANTEE_ENDED", True)
    made = api.carl.correct(placement_id, reason=WHY, start_date=long_ago, accept_ended=True)
    assert made.after.start_date == long_ago


def test_a_correction_that_is_none_is_not_found(api: Callers, cast: Cast) -> None:
    made = api.carl.correct(active(cast), reason=WHY, fee_percentage=Decimal(18))
    with pytest.raises(client.NotFound):
        api.rita.answer_amendment(uuid.uuid4(), agreed=True)
    with pytest.raises(client.NotFound):
        api.omar.answer_amendment(made.id, agreed=True)


def test_a_hire_is_undone(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    assert "undo" in api.carl.request("GET", f"placements/{placement_id}").json()["allowed_actions"]
    assert api.carl.undo(placement_id, reason=WHY).state == "undone"
    with pytest.raises(client.Conflict) as refused:
        api.carl.undo(placement_id, reason=WHY)
    assert refused.value.code == "WRONG_STATE"
