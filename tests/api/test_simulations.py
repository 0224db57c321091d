"""Simulations: the contract's shape and figures; what cannot be meant names its field."""

from __future__ import annotations

from typing import Any

import pytest

from portal.client import client
from tests.api.callers import Callers

TEAM = [
    {"role": "sourcer", "split_percentage": 40},
    {"role": "submitter", "split_percentage": 30},
    {"role": "closer", "split_percentage": 20},
    {"role": "support", "split_percentage": 10},
]
BODY: dict[str, Any] = {"fee": 25_000, "platform_fee_percentage": 5, "collaborators": TEAM}


def test_a_departure_answers_what_each_gives_back(api: Callers) -> None:
    said = api.rita.request("POST", "simulations", **BODY, remedy="pro_rata", last_day_worked=40).json()
    assert (said["fee"], said["platform_fee"], said["tax"]) == (25_000, 1_250, 0)
    assert [share["amount"] for share in said["shares"]] == [9_500, 7_125, 4_750, 2_375]
    assert said["refund"]["amount"] == 13_888.89
    by = [(each["role"], each["amount"]) for each in said["refund"]["by"]]
    assert by == [
        ("platform", 694.44),
        ("sourcer", 5_277.78),
        ("submitter", 3_958.33),
        ("closer", 2_638.89),
        ("support", 1_319.45),
    ]


def test_a_salary_with_a_percentage_and_instalments(api: Callers) -> None:
    said = api.hana.request(
        "POST",
        "simulations",
        salary=100_000,
        fee_percentage=20,
        collaborators=[{"role": "sourcer"}],
        payout_schedule="instalments",
        instalments=[{"percentage": 50, "day": 0}, {"percentage": 50, "day": 90}],
    ).json()
    assert [(each["day"], each["amount"]) for each in said["payouts"]] == [(0, 10_000), (90, 10_000)]
    assert said["refund"] is None


WRONG: dict[str, dict[str, Any]] = {
    "fee": {"fee": None},
    "collaborators": {"collaborators": [{"role": "sourcer", "split_percentage": 60}, {"role": "closer"}]},
    "instalments": {"payout_schedule": "instalments", "instalments": [{"percentage": 50, "day": 0}]},
    "steps": {"remedy": "steps", "steps": []},
    "platform_fee_percentage": {"platform_fee_percentage": 101},
    "currency": {"currency": "XXX"},
    "guarantee_days": {"guarantee_days": -1},
}


@pytest.mark.parametrize("field", WRONG)
def test_what_cannot_be_meant_names_its_field(api: Callers, field: str) -> None:
    with pytest.raises(client.InvalidInput) as refusal:
        api.rita.request("POST", "simulations", **{**BODY, **WRONG[field]})
    assert field in refusal.value.details


def test_a_fee_and_a_salary_at_once_are_refused(api: Callers) -> None:
    with pytest.raises(client.InvalidInput) as refusal:
        api.rita.request("POST", "simulations", **{**BODY, "salary": 100_000, "fee_percentage": 20})
    assert list(refusal.value.details) == ["fee"]


def test_a_decimal_that_the_currency_lacks_is_refused(api: Callers) -> None:
    with pytest.raises(client.InvalidInput) as refusal:
        api.rita.request("POST", "simulations", **{**BODY, "fee": 1_000.5, "currency": "JPY"})
    assert list(refusal.value.details) == ["fee"]
