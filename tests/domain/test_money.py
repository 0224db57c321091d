"""Money is integers, shares are basis points, and parts add up to the whole (domain.md §5)."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import money
from portal.domain.errors import InvalidInput

totals = st.integers(min_value=0, max_value=money.MAX_MINOR)
weights = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=20)
shares = st.lists(st.integers(min_value=1, max_value=500), min_size=1, max_size=20)


@pytest.mark.parametrize(("currency", "minor"), [("USD", 5_000_050), ("JPY", 50_000), ("KWD", 50_000_500)])
def test_a_limit_is_the_same_figure_in_every_currency(currency: str, minor: int) -> None:
    assert money.limit_in(currency, 5_000_050) == minor


@pytest.mark.parametrize(
    ("total", "shares_bp", "amounts"),
    [
        (2_500_000, [4_000, 3_000, 2_000, 1_000], [1_000_000, 750_000, 500_000, 250_000]),
        (2_500_000, [4_000, 3_000], [1_000_000, 750_000]),
        (100, [3_333, 3_333, 3_334], [33, 33, 34]),
        (1, [5_000, 5_000], [1, 0]),  # a tie goes to the earlier
        (10, [3_333, 3_333, 3_333], [4, 3, 3]),
        (3, [2_500, 2_500, 2_500, 2_500], [1, 1, 1, 0]),
        (99, [1], [0]),
        (0, [4_000, 3_000], [0, 0]),
    ],
)
def test_amounts_are_allocated_by_largest_remainder(total: int, shares_bp: list[int], amounts: list[int]) -> None:
    assert money.allocate_shares(total, shares_bp) == amounts


@pytest.mark.parametrize(
    ("shares_bp", "filled"),
    [
        ([4_000, 3_000], [5_714, 4_286]),
        ([4_000, 3_000, 1_000], [5_000, 3_750, 1_250]),
        ([4_000, 3_000, 2_000, 1_000], [4_000, 3_000, 2_000, 1_000]),
        ([3_000], [10_000]),
        ([1, 1, 1], [3_334, 3_333, 3_333]),
    ],
)
def test_what_is_open_is_spread_in_proportion(shares_bp: list[int], filled: list[int]) -> None:
    assert money.fill_to_whole(shares_bp) == filled


@given(totals, weights)
def test_parts_add_up_to_the_whole(total: int, given_weights: list[int]) -> None:
    parts = money.allocate(total, given_weights)
    assert sum(parts) == (total if any(given_weights) else 0)
    assert all(part >= 0 for part in parts)


@given(totals, weights)
def test_no_part_is_a_whole_unit_away_from_its_exact_share(total: int, given_weights: list[int]) -> None:
    whole = sum(given_weights)
    for part, weight in zip(money.allocate(total, given_weights), given_weights, strict=True):
        assert whole == 0 or abs(part * whole - total * weight) < whole


@given(totals, weights)
def test_a_larger_weight_never_gets_less(total: int, given_weights: list[int]) -> None:
    parts = money.allocate(total, given_weights)
    ranked = sorted(zip(given_weights, parts, strict=True))
    assert all(earlier[1] <= later[1] for earlier, later in itertools.pairwise(ranked) if earlier[0] < later[0])


@given(totals, st.integers(min_value=1, max_value=10_000), st.integers(min_value=2, max_value=20))
def test_ties_go_to_the_earlier(total: int, weight: int, count: int) -> None:
    parts = money.allocate(total, [weight] * count)
    assert parts == sorted(parts, reverse=True)
    assert max(parts) - min(parts) <= 1


@given(totals, shares)
def test_amounts_add_up_to_the_share_that_is_allocated(total: int, shares_bp: list[int]) -> None:
    assert sum(money.allocate_shares(total, shares_bp)) == money.share_of(total, sum(shares_bp))


@given(totals, shares)
def test_a_filled_sheet_gives_the_whole_fee_away(total: int, shares_bp: list[int]) -> None:
    filled = money.fill_to_whole(shares_bp)
    assert sum(filled) == money.WHOLE_BP
    assert all(after >= before for after, before in zip(filled, shares_bp, strict=True))
    assert sum(money.allocate_shares(total, filled)) == total


@given(totals, totals, st.integers(min_value=0, max_value=10_000))
def test_a_share_of_more_is_not_less(one: int, other: int, bp: int) -> None:
    low, high = sorted((one, other))
    assert money.share_of(low, bp) <= money.share_of(high, bp)


@pytest.mark.parametrize(
    ("total", "bp", "part"), [(1, 5_000, 1), (1, 4_999, 0), (3, 5_000, 2), (12_500_000, 2_000, 2_500_000)]
)
def test_half_a_unit_is_rounded_up(total: int, bp: int, part: int) -> None:
    assert money.share_of(total, bp) == part


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1234.5", "USD", 123_450), ("0.01", "EUR", 1), ("1234", "JPY", 1_234), ("1.234", "KWD", 1_234)],
)
def test_major_units_become_minor_ones(text: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(text), currency, field="salary") == minor


@pytest.mark.parametrize(
    ("text", "currency", "says"),
    [
        ("5000000.5", "JPY", "JPY has no decimals."),
        ("0.005", "USD", "Amounts in USD have at most 2 decimals."),
        ("1.0001", "KWD", "Amounts in KWD have at most 3 decimals."),
    ],
)
def test_decimals_that_a_currency_lacks_are_refused(text: str, currency: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        money.to_minor(Decimal(text), currency, field="salary")
    assert refused.value.fields == {"salary": says}


@given(totals, st.sampled_from(money.CURRENCIES))
def test_minor_units_survive_the_way_there_and_back(minor: int, currency: str) -> None:
    assert money.to_minor(money.to_major(minor, currency), currency, field="salary") == minor


@given(st.integers(min_value=0, max_value=10_000))
def test_basis_points_survive_the_way_there_and_back(bp: int) -> None:
    assert money.percent_to_bp(money.bp_to_percent(bp)) == bp


def test_a_percentage_has_at_most_two_decimals() -> None:
    assert money.percent_to_bp(Decimal("12.34")) == 1_234
    with pytest.raises(ValueError, match="two decimals"):
        money.percent_to_bp(Decimal("12.345"))


@pytest.mark.parametrize(("bp", "text"), [(0, "0%"), (1, "0.01%"), (1_250, "12.5%"), (3_000, "30%"), (10_000, "100%")])
def test_a_share_is_written_without_idle_zeros(bp: int, text: str) -> None:
    assert money.percent_text(bp) == text
