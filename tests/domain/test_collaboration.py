"""The rules of the split sheet (domain.md §5), without a database."""

from __future__ import annotations

import copy
import hashlib
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import collaboration as rules
from portal.domain.collaboration import Agreed
from portal.domain.errors import InvalidInput

FEE = 2_500_000
TEAM = [("r1", "sourcer", 4_000), ("r2", "submitter", 3_000), ("r3", "support", 1_000)]
rows = st.lists(st.integers(min_value=1, max_value=500), min_size=1, max_size=20)


def stored(*, fill: bool = True) -> tuple[dict[str, Any], str]:
    receipt = rules.compute_receipt("p", 2, "USD", FEE, TEAM, fill=fill)
    return json.loads(receipt.canonical()), receipt.sha256()


def test_the_example_of_the_specification() -> None:
    preview = rules.preview(FEE, [(role, None) for role in ("sourcer", "submitter", "closer", "support")])
    assert preview.shares == (
        ("sourcer", 4_000, 1_000_000),
        ("submitter", 3_000, 750_000),
        ("closer", 2_000, 500_000),
        ("support", 1_000, 250_000),
    )
    assert (preview.total_bp, preview.whole) == (10_000, True)


@pytest.mark.parametrize(
    ("given_rows", "shares", "total", "whole"),
    [
        ([("sourcer", None), ("submitter", None)], [5_714, 4_286], 10_000, True),
        ([("closer", None)], [10_000], 10_000, True),
        ([("sourcer", 4_000), ("submitter", None)], [5_714, 4_286], 10_000, True),
        ([("sourcer", 4_000), ("submitter", 3_000)], [4_000, 3_000], 7_000, False),
        ([("sourcer", 9_000), ("submitter", 3_000)], [9_000, 3_000], 12_000, False),
        ([("sourcer", 7_000), ("submitter", 3_000)], [7_000, 3_000], 10_000, True),
    ],
)
def test_a_preview_uses_the_weights_or_the_given_shares(
    given_rows: list[tuple[str, int | None]], shares: list[int], total: int, whole: bool
) -> None:
    preview = rules.preview(FEE, given_rows)
    assert [bp for _, bp, _ in preview.shares] == shares
    assert (preview.total_bp, preview.whole) == (total, whole)


@given(st.integers(min_value=1, max_value=10**13), rows)
def test_a_lock_gives_the_whole_fee_away(fee: int, shares_bp: list[int]) -> None:
    locked = rules.lock(fee, shares_bp)
    assert (sum(bp for bp, _ in locked), sum(amount for _, amount in locked)) == (10_000, fee)


@pytest.mark.parametrize(
    ("shares_bp", "left", "fitting"),
    [
        ([1_000], 3_000, [1_000]),
        ([3_000], 3_000, [3_000]),
        ([4_000, 2_000], 3_000, [2_000, 1_000]),
        ([], 3_000, []),
        ([5], 0, [0]),
    ],
)
def test_shares_shrink_in_proportion_when_they_do_not_fit(shares_bp: list[int], left: int, fitting: list[int]) -> None:
    assert rules.fit(shares_bp, left) == fitting


def test_a_receipt_says_all_that_is_needed_to_recompute_it() -> None:
    receipt, _ = stored()
    assert receipt == {
        "placement_id": "p",
        "version": 2,
        "currency": "USD",
        "fee_minor": 2_500_000,
        "rule": "weighted-40-30-20-10",
        "rule_version": 1,
        "inputs": [["r1", "sourcer", 4_000], ["r2", "submitter", 3_000], ["r3", "support", 1_000]],
        "filled_to_whole": True,
        "rounding": "largest remainder, ties to the earlier collaborator",
        "result": [
            {"recruiter_id": "r1", "role": "sourcer", "split_bp": 5_000, "amount_minor": 1_250_000},
            {"recruiter_id": "r2", "role": "submitter", "split_bp": 3_750, "amount_minor": 937_500},
            {"recruiter_id": "r3", "role": "support", "split_bp": 1_250, "amount_minor": 312_500},
        ],
    }


def test_the_checksum_is_over_the_canonical_form() -> None:
    receipt, digest = stored()
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_sound_receipt_verifies() -> None:
    receipt, digest = stored(fill=False)
    present = [
        ("r1", "sourcer", 4_000, 1_000_000),
        ("r2", "submitter", 3_000, 750_000),
        ("r3", "support", 1_000, 250_000),
    ]
    assert rules.verify(receipt, digest, present).faults == ()
    assert rules.verify(receipt, digest) == rules.Verification(digest, ())


TAMPERINGS = {
    "amount": lambda r: r["result"][0].update(amount_minor=1),
    "share": lambda r: r["result"][1].update(split_bp=9_999),
    "order": lambda r: r["result"].reverse(),
    "rule": lambda r: r.update(rule="mine"),
    "rounding": lambda r: r.update(rounding="up"),
    "fee": lambda r: r.update(fee_minor=FEE + 1),
    "input": lambda r: r["inputs"][0].__setitem__(2, 4_001),
    "currency": lambda r: r.update(currency="EUR"),
    "another field": lambda r: r.update(bonus=1),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_receipt_that_was_tampered_with_does_not_verify(tampering: str) -> None:
    receipt, digest = stored()
    changed = copy.deepcopy(receipt)
    TAMPERINGS[tampering](changed)
    assert rules.verify(changed, digest).faults


def test_a_wrong_checksum_and_other_present_shares_are_told_apart() -> None:
    receipt, digest = stored()
    assert rules.verify(receipt, "0" * 64).faults == ("The checksum doesn’t match the stored one.",)
    assert rules.verify(receipt, digest, []).faults == ("The team’s current shares differ from this receipt.",)


WHO = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([Agreed(WHO, "sourcer", 10_000)], None),
        ([Agreed(WHO, "sourcer", 6_000), Agreed(WHO, "support", 4_000)], None),
        ([Agreed(WHO, "sourcer", 9_999)], "99.99%"),
        ([Agreed(WHO, "sourcer", 10_500), Agreed(WHO, "support", -500)], "above 0%"),
        ([Agreed(WHO, "sourcer", 5_000)] * 2, "only once"),
        ([Agreed(WHO, "boss", 10_000)], "Choose sourcer"),
        ([Agreed(uuid.UUID(int=n), "support", 1) for n in range(21)], "at most 20"),
    ],
)
def test_an_amendment_is_a_whole_sheet(lines: list[Agreed], words: str | None) -> None:
    if words is None:
        rules.check_agreed(lines, whole=True)
        return
    with pytest.raises(InvalidInput, match=words):
        rules.check_agreed(lines, whole=True)


def test_an_amendment_is_read_as_it_was_stored() -> None:
    line = Agreed(WHO, "support", 25)
    assert rules.agreed_lines({"lines": [[str(WHO), "support", 25]]}) == [line]
    assert line.key == (WHO, "support")


A, B, C = (uuid.UUID(int=n) for n in (1, 2, 3))


def test_a_gain_adds_up_the_roles_of_a_person_and_leaves_out_whose_sum_stays() -> None:
    before = [(A, 404_800), (A, 303_600), (B, 202_400)]
    after = [(A, 404_800), (A, 101_200), (B, 202_400), (C, 202_400)]
    assert rules.gains(before, after) == ((A, -202_400), (C, 202_400))
    assert rules.gains(before, before) == ()


def test_sheets_differ_in_the_rows_that_join_change_and_leave() -> None:
    before = [("a", "sourcer", 4_000), ("a", "submitter", 3_000), ("b", "support", 1_000)]
    after = [("a", "sourcer", 4_000), ("a", "submitter", 2_000), ("c", "closer", 2_000)]
    changes = [(c.recruiter_id, c.role, c.before_bp, c.after_bp) for c in rules.row_changes(before, after)]
    assert changes == [
        ("a", "submitter", 3_000, 2_000),
        ("c", "closer", None, 2_000),
        ("b", "support", 1_000, None),
    ]
