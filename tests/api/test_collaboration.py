"""Endpoints 13–16: who shares the fee; and the receipt of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.client import client
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import active, hired, share

SPLITS = [("sourcer", 10_000), ("submitter", 7_500), ("closer", 5_000), ("support", 2_500)]


def test_13_the_lead_adds_somebody(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    assert cast.omar.recruiter_id is not None
    added = api.rita.add_collaborator(
        placement_id, recruiter_id=cast.omar.recruiter_id, role="closer", split_percentage=Decimal("12.34")
    )
    assert (added.placement_id, added.recruiter_id, added.role) == (placement_id, cast.omar.recruiter_id, "closer")
    assert (added.split_percentage, added.amount_earned, added.added_at) == (Decimal("12.34"), Decimal(3_085), DAY)


def test_13_the_answer_is_201_with_its_address(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    answer = api.carl.request(
        "POST", f"placements/{placement_id}/collaborators", recruiter_id=cast.omar.recruiter_id, role="support",
        split_percentage=10, notes="Helped with the offer.",
    )  # fmt: skip
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/placements/{placement_id}/collaborators"


def test_13_conflicts_have_codes(api: Callers, cast: Cast) -> None:
    placement_id, omar = hired(cast), cast.omar.recruiter_id
    share(cast, placement_id, cast.omar, "closer", 1_000)
    cases = [
        (placement_id, "support", 20.01, "SPLITS_OVER_100"),
        (placement_id, "closer", 1, "ALREADY_COLLABORATING"),
        (active(cast), "closer", 1, "SPLITS_LOCKED"),
    ]
    for where, role, percent, code in cases:
        with pytest.raises(client.Conflict) as refused:
            api.carl.request(
                "POST", f"placements/{where}/collaborators", recruiter_id=omar, role=role, split_percentage=percent
            )
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"split_percentage": 0}, "split_percentage"),
        ({"split_percentage": 100.01}, "split_percentage"),
        ({"split_percentage": 33.333}, "split_percentage"),
        ({"split_percentage": "30"}, "split_percentage"),
        ({"role": "friend"}, "role"),
        ({"recruiter_id": "00000000-0000-7000-8000-00000000beef"}, "recruiter_id"),
    ],
)
def test_13_invalid_input_names_the_field(api: Callers, cast: Cast, change: dict[str, object], field: str) -> None:
    body = {"recruiter_id": cast.omar.recruiter_id, "role": "closer", "split_percentage": 20, **change}
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.request("POST", f"placements/{hired(cast)}/collaborators", **body)
    assert field in refused.value.details


def test_13_and_15_who_does_not_lead_may_not_edit(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 1_000)
    body = {"recruiter_id": cast.omar.recruiter_id, "role": "support", "split_percentage": 1}
    cases = [(api.omar, client.NotPermitted), (api.hana, client.NotPermitted), (api.zoe, client.NotFound)]
    for who, error in cases:
        with pytest.raises(error):
            who.request("POST", f"placements/{placement_id}/collaborators", **body)
        with pytest.raises(error):
            assert cast.omar.recruiter_id is not None
            who.change_share(placement_id, cast.omar.recruiter_id, split_percentage=Decimal(2))


def test_14_the_team_is_listed_with_its_amounts(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    for who in (api.rita, api.omar, api.carl, api.hana, api.pia):
        team = who.collaborators(placement_id)
        assert (team.placement_id, team.total_fee) == (placement_id, Decimal(25_000))
        assert [(m.recruiter_name, m.role, m.split_percentage, m.amount_earned) for m in team.collaborators] == [
            ("Rita", "sourcer", 40, 10_000),
            ("Rita", "submitter", 30, 7_500),
            ("Omar", "closer", 20, 5_000),
        ]


def test_15_a_share_is_changed(api: Callers, cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    assert cast.omar.recruiter_id is not None
    done = api.rita.change_share(placement_id, cast.omar.recruiter_id, split_percentage=Decimal("25.5"))
    assert (done.placement_id, done.recruiter_id, done.role) == (placement_id, cast.omar.recruiter_id, "closer")
    assert (done.old_split_percentage, done.new_split_percentage) == (20, Decimal("25.5"))
    assert done.new_amount_earned == 6_375


def test_several_shares_change_at_once(api: Callers, cast: Cast) -> None:
    path, rita = f"placements/{hired(cast)}/collaborators", cast.rita.recruiter_id
    shares = [{"recruiter_id": str(rita), "role": role, "split_percentage": 45} for role in ("sourcer", "submitter")]
    team = api.rita.request("PATCH", path, shares=shares, version=1).json()
    assert [row["amount_earned"] for row in team["collaborators"]] == [11_250, 11_250]
    with pytest.raises(client.Conflict) as refused:
        api.rita.request("PATCH", path, shares=[{**shares[0], "split_percentage": 56}])
    assert refused.value.code == "SPLITS_OVER_100"


def test_15_who_holds_two_roles_needs_one_named(api: Callers, cast: Cast) -> None:
    placement_id, rita = hired(cast), cast.rita.recruiter_id
    assert rita is not None
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.change_share(placement_id, rita, split_percentage=Decimal(20))
    assert "role" in refused.value.details
    assert api.rita.change_share(placement_id, rita, split_percentage=Decimal(20), role="sourcer").role == "sourcer"


def test_15_over_100_or_locked_or_not_in_the_team_is_refused(api: Callers, cast: Cast) -> None:
    placement_id, locked, rita = hired(cast), active(cast), cast.rita.recruiter_id
    assert rita is not None
    assert cast.omar.recruiter_id is not None
    for where, code in ((placement_id, "SPLITS_OVER_100"), (locked, "SPLITS_LOCKED")):
        with pytest.raises(client.Conflict) as refused:
            api.carl.change_share(where, rita, split_percentage=Decimal("70.01"), role="sourcer")
        assert refused.value.code == code
    with pytest.raises(client.NotFound):
        api.carl.change_share(placement_id, cast.omar.recruiter_id, split_percentage=Decimal(1))


def test_16_without_percentages_the_weights_apply(api: Callers) -> None:
    made = api.omar.calculate_splits(total_fee=Decimal(25_000), collaborators=[{"role": role} for role, _ in SPLITS])
    assert [(s.role, s.amount) for s in made.splits] == SPLITS
    assert (made.total_fee, made.total_split_percentage, made.valid) == (25_000, 100, True)


def test_16_two_roles_share_by_their_weights(api: Callers) -> None:
    made = api.carl.calculate_splits(total_fee=Decimal(100), collaborators=[{"role": "sourcer"}, {"role": "submitter"}])
    assert [(s.split_percentage, s.amount) for s in made.splits] == [
        (Decimal("57.14"), Decimal("57.14")),
        (Decimal("42.86"), Decimal("42.86")),
    ]
    assert made.valid


@pytest.mark.parametrize(
    ("percentages", "amounts", "total", "valid"),
    [
        ([50, 50], ["50.01", "50"], 100, True),
        ([33.33, 33.33], ["33.34", "33.33"], Decimal("66.66"), False),
        ([80, 40], ["80.01", "40"], 120, False),
    ],
)
def test_16_given_percentages_are_valid_when_they_make_100(
    api: Callers, percentages: list[float], amounts: list[str], total: Decimal, valid: bool
) -> None:
    rows = [{"role": "sourcer", "split_percentage": p} for p in percentages]
    made = api.rita.calculate_splits(total_fee=Decimal("100.01"), collaborators=rows)
    assert [s.amount for s in made.splits] == [Decimal(a) for a in amounts]
    assert (made.total_split_percentage, made.valid) == (total, valid)


@pytest.mark.parametrize(
    "body",
    [
        {"total_fee": 0, "collaborators": [{"role": "sourcer"}]},
        {"total_fee": 1, "collaborators": []},
        {"total_fee": 1, "collaborators": [{"role": "sourcer"}] * 21},
        {"total_fee": 1, "collaborators": [{"role": "sourcer", "split_percentage": 50}, {"role": "closer"}]},
        {"total_fee": 1.001, "collaborators": [{"role": "sourcer"}]},
        {"total_fee": 10**12, "collaborators": [{"role": "sourcer"}]},
        {"collaborators": [{"role": "sourcer"}]},
    ],
)
def test_16_invalid_input_is_refused(api: Callers, body: dict[str, object]) -> None:
    with pytest.raises(client.InvalidInput):
        api.rita.request("POST", "placements/calculate-splits", **body)


def test_the_receipt_explains_and_verifies_itself(api: Callers, cast: Cast) -> None:
    placement_id = active(cast)
    receipt = api.rita.request("GET", f"placements/{placement_id}/receipt").json()
    assert (receipt["version"], receipt["locked"], receipt["is_latest"]) == (2, True, True)
    assert [(i["role"], i["split_percentage"]) for i in receipt["inputs"]] == [("sourcer", 40), ("submitter", 30)]
    assert [(r["role"], r["split_percentage"], r["amount"]) for r in receipt["result"]] == [
        ("sourcer", 57.14, 14_285),
        ("submitter", 42.86, 10_715),
    ]
    assert (receipt["verified"], receipt["faults"], len(receipt["sha256"])) == (True, [], 64)
    first = api.rita.request("GET", f"placements/{placement_id}/receipt", version=1).json()
    assert (first["cause"], first["locked"], first["is_latest"]) == ("hire", False, False)
    with pytest.raises(client.NotFound):
        api.rita.request("GET", f"placements/{placement_id}/receipt", version=3)
