"""Terms (money.md §1, §9): what may be set, how scopes merge, and the fee that follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.domain.billing import terms as rules
from portal.domain.billing.refunds import Decision, Ending, Void
from portal.domain.billing.terms import Terms
from portal.domain.errors import InvalidInput
from portal.wording import terms as words


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"fee_bp": 0}, "fee_bp"),
        ({"fee_bp": 10_001}, "fee_bp"),
        ({"flat_fee_minor": 0}, "flat_fee_minor"),
        ({"flat_fee_minor": 5, "fee_bp": 100}, "flat_fee_minor"),
        ({"minimum_fee_minor": 0}, "minimum_fee_minor"),
        ({"base": "revenue"}, "base"),
        ({"platform_bp": 10_001}, "platform_bp"),
        ({"tax_bp": -1}, "tax_bp"),
        ({"tax_label": ""}, "tax_label"),
        ({"payment_days": 181}, "payment_days"),
        ({"void_unpaid_days": -1}, "void_unpaid_days"),
        ({"payout_schedule": "never"}, "payout_schedule"),
        ({"instalments": ((10_000, 0),)}, "instalments"),
        ({"payout_schedule": "instalments"}, "instalments"),
        ({"payout_schedule": "instalments", "instalments": ((5_000, 0), (4_999, 5))}, "instalments"),
        ({"payout_schedule": "instalments", "instalments": ((5_000, 5), (5_000, 5))}, "instalments"),
        ({"payout_schedule": "instalments", "instalments": ((5_000, 0), (5_000, 91))}, "instalments"),
        ({"remedy": "flowers"}, "remedy"),
        ({"steps": ((5, 5),)}, "steps"),
        ({"remedy": "steps"}, "steps"),
        ({"remedy": "steps", "steps": ((30, 5_000), (30, 4_000))}, "steps"),
        ({"remedy": "steps", "steps": ((30, 5_000), (91, 4_000))}, "steps"),
        ({"remedy": "steps", "steps": ((30, 5_000), (60, 5_000))}, "steps"),
        ({"void_reasons": ("boredom",)}, "void_reasons"),
        ({"restrictions": "x" * 4_001}, "restrictions"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check(Terms(**values))
    assert field in refused.value.fields


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"payout_schedule": "instalments", "instalments": ((3_333, 0), (3_333, 30), (3_334, 90))},
        {"remedy": "steps", "steps": ((30, 10_000), (60, 5_000), (90, 0))},
        {"flat_fee_minor": 1_000_000},
    ],
)
def test_terms_that_may_be_set_come_back_from_where_they_are_stored(values: dict[str, Any]) -> None:
    terms = Terms(**values)
    rules.check(terms)
    assert Terms.from_json(terms.as_json()) == terms
    assert Terms.from_json(terms.as_json()).version == terms.version


def test_a_nearer_scope_does_without_what_a_wider_one_sets() -> None:
    set_above = {"minimum_fee_minor": 9, "void_unpaid_days": 1, "void_reported_days": 0, "restrictions": "Local."}
    without = {
        "minimum_fee_minor": 0,
        "void_unpaid_days": rules.NEVER,
        "void_reported_days": "never",
        "restrictions": "",
    }
    assert rules.merged({"platform": set_above})[0] != Terms()
    terms, origin = rules.merged({"platform": set_above, "company": without})
    assert terms == Terms()
    assert {origin[name] for name in without} == {"company"}


def test_other_terms_have_another_version() -> None:
    assert Terms().version != Terms(platform_bp=1).version


def test_the_nearest_scope_wins_field_by_field() -> None:
    layers: dict[str, dict[str, Any]] = {
        "platform": {"platform_bp": 500, "fee_bp": 2_000},
        "company": {"flat_fee_minor": 900_000, "tax_bp": 1_900},
        "job": {"tax_bp": 0},
    }
    terms, origin = rules.merged(layers)
    assert (terms.platform_bp, terms.flat_fee_minor, terms.fee_bp, terms.tax_bp) == (500, 900_000, None, 0)
    assert [origin[name] for name in ("platform_bp", "flat_fee_minor", "tax_bp", "remedy")] == [
        "platform",
        "company",
        "job",
        "default",
    ]
    assert rules.merged({"platform": {"flat_fee_minor": 5}, "job": {"fee_bp": 100}})[0].flat_fee_minor is None


@pytest.mark.parametrize(
    ("values", "base", "fee"),
    [
        ({"fee_bp": 2_000}, 12_500_000, 2_500_000),
        ({"fee_bp": 2_000, "minimum_fee_minor": 3_000_000}, 12_500_000, 3_000_000),
        ({"flat_fee_minor": 1_000_000}, 12_500_000, 1_000_000),
        ({"fee_bp": 2_000, "minimum_fee_minor": 3_000_000}, 2_000_000, None),
        ({"fee_bp": 1}, 333, None),
    ],
)
def test_the_fee_is_the_larger_of_minimum_and_percentage_and_never_more_than_the_base(
    values: dict[str, Any], base: int, fee: int | None
) -> None:
    if fee is None:
        with pytest.raises(InvalidInput):
            rules.fee_of(Terms(**values), base)
        return
    assert rules.fee_of(Terms(**values), base) == fee


def test_the_base_counts_a_guaranteed_bonus_only_where_the_terms_do() -> None:
    with_bonus = Terms(base="salary_and_guaranteed_bonus")
    assert rules.base_of(with_bonus, 10_000_000, 2_000_000) == 12_000_000
    assert rules.base_of(Terms(), 10_000_000, None) == 10_000_000
    for terms, salary, bonus in ((with_bonus, 1, None), (with_bonus, 1, -1), (Terms(), 1, 5), (Terms(), 0, None)):
        with pytest.raises(InvalidInput):
            rules.base_of(terms, salary, bonus)


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        (Decision(Ending.OUTSIDE), "The guarantee had ended, so the fee stays as it is."),
        (
            Decision(Ending.VOID, "full_refund", void_reason=Void.UNPAID),
            "The guarantee is void because the invoice was unpaid too long, so nothing is refunded.",
        ),
        (
            Decision(Ending.REMEDY, "replacement_first", opens_obligation=True, due_on=date(2027, 2, 2)),
            "A replacement is owed by 2 Feb 2027.",
        ),
        (Decision(Ending.REMEDY, "pro_rata", 1_388_889), "$13,888.89 of the fee goes back to the company."),
        (Decision(Ending.REMEDY, "none"), "Under these terms, nothing is refunded."),
    ],
)
def test_what_a_failure_means_for_the_fee_is_one_sentence(decided: Decision, said: str) -> None:
    assert words.outcome(decided, "USD", there="UTC", mine="UTC") == said


def test_the_day_by_which_a_replacement_is_owed_names_its_zone_to_readers_elsewhere() -> None:
    owed = Decision(Ending.REMEDY, "replacement_first", opens_obligation=True, due_on=date(2027, 2, 2))
    said = words.outcome(owed, "USD", there="America/New_York", mine="UTC")
    assert said == "A replacement is owed by 2 Feb 2027 (New York time)."


def test_a_hire_from_before_there_were_fees_keeps_that_of_its_placement() -> None:
    assert rules.of_hire({}, currency="USD", fee_bp=None, fee_minor=5_000).flat_fee_minor == 5_000
    assert rules.of_hire({}, currency="USD", fee_bp=2_000, fee_minor=5_000).fee_bp == 2_000
