"""The simulator computes with the books' own function; the figures are those of money.md, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.billing.refunds import Ending
from portal.domain.billing.simulation import fee_from, simulate
from portal.domain.billing.terms import Terms

TEAM = [("sourcer", 4_000), ("submitter", 3_000), ("closer", 2_000), ("support", 1_000)]
FEE = 2_500_000


def terms(**values: Any) -> Terms:
    return Terms(fee_bp=2_500, platform_bp=500, **values)


def test_the_team_shares_what_the_platform_leaves() -> None:
    found = simulate(terms(), FEE, TEAM, None)
    assert (found.fee_minor, found.platform_minor) == (2_500_000, 125_000)
    assert [party.amount_minor for party in found.team] == [950_000, 712_500, 475_000, 237_500]
    assert (found.ending, found.refund) == (None, None)


def test_day_40_of_90_pro_rata_takes_back_in_proportion() -> None:
    found = simulate(terms(remedy="pro_rata", tax_bp=2_000), FEE, TEAM, 40)
    assert found.refund is not None
    assert (found.refund.amount_minor, found.refund.tax_minor) == (1_388_889, 277_778)
    assert [p.gives_back_minor for p in found.parties] == [69_444, 527_778, 395_833, 263_889, 131_945]
    assert [p.keeps_minor for p in found.parties] == [55_556, 422_222, 316_667, 211_111, 105_555]


def test_instalments_that_were_paid_are_clawed_back() -> None:
    found = simulate(
        terms(payout_schedule="instalments", instalments=((3_333, 0), (3_333, 45), (3_334, 90)), remedy="full_refund"),
        FEE,
        TEAM,
        50,
    )
    sourcer = found.team[0]
    assert [p.amount_minor for p in found.payouts if p.role == "sourcer"] == [316_635, 316_635, 316_730]
    assert (sourcer.gives_back_minor, sourcer.clawback_minor, sourcer.keeps_minor) == (950_000, 633_270, 0)


def test_replacement_first_refunds_only_when_the_deadline_passes() -> None:
    found = simulate(terms(remedy="replacement_first", replacement_window_days=30), FEE, TEAM, 50)
    assert found.refund is not None
    assert (found.ending, found.refund.amount_minor, found.refund.by_day) == (Ending.REMEDY, FEE, 80)


@pytest.mark.parametrize(("day", "refund"), [(10, FEE), (30, FEE), (31, FEE // 2), (60, FEE // 2), (61, None)])
def test_steps_end_with_their_day(day: int, refund: int | None) -> None:
    found = simulate(terms(remedy="steps", steps=((30, 10_000), (60, 5_000))), FEE, TEAM, day)
    assert (found.refund.amount_minor if found.refund else None) == refund


@pytest.mark.parametrize(("remedy", "day"), [("none", 10), ("replacement_only", 10), ("full_refund", 91)])
def test_nothing_goes_back_without_a_remedy_or_after_the_guarantee(remedy: str, day: int) -> None:
    found = simulate(terms(remedy=remedy), FEE, TEAM, day)
    assert found.refund is None
    assert all(party.gives_back_minor == 0 for party in found.parties)


def test_a_departure_before_the_client_paid_claws_nothing_back() -> None:
    found = simulate(terms(payout_schedule="when_paid", remedy="full_refund", payment_days=60), FEE, TEAM, 20)
    assert found.refund is not None
    assert [party.clawback_minor for party in found.parties] == [0] * 5


def test_weights_are_filled_to_the_whole_for_a_smaller_team() -> None:
    found = simulate(Terms(), FEE, [("sourcer", None), ("submitter", None)], None)
    assert sum(party.amount_minor for party in found.team) == FEE


def test_a_fee_is_given_or_made_of_a_salary() -> None:
    given, amount = fee_from(Terms(), fee_minor=500_000, salary_minor=None)
    assert (given.flat_fee_minor, amount) == (500_000, 500_000)
    assert fee_from(Terms(fee_bp=2_000), fee_minor=None, salary_minor=10_000_000)[1] == 2_000_000


def test_a_fee_is_given_or_made_of_a_salary_and_is_in_the_currency_of_its_terms() -> None:
    of_salary, fee = fee_from(terms(currency="EUR"), fee_minor=None, salary_minor=10_000_000)
    assert (fee, simulate(of_salary, fee, TEAM, None).currency) == (2_500_000, "EUR")
    given, fee = fee_from(terms(), fee_minor=700_000, salary_minor=None)
    assert (fee, given.flat_fee_minor) == (700_000, 700_000)
