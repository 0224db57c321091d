"""Machines, and the transition table of proposals against domain.md §3, written out by hand."""

from __future__ import annotations

import pytest

from portal.domain import placements, proposals
from portal.domain.errors import WrongState
from portal.domain.placements import PlacementAction
from portal.domain.proposals import ProposalAction

PROPOSAL_TABLE = {
    ("proposed", "review"): "company_reviewing",
    ("proposed", "accept"): "accepted",
    ("company_reviewing", "accept"): "accepted",
    ("proposed", "decline"): "declined",
    ("company_reviewing", "decline"): "declined",
    ("proposed", "withdraw"): "withdrawn",
    ("company_reviewing", "withdraw"): "withdrawn",
    ("proposed", "expire"): "timeout",
    ("company_reviewing", "expire"): "timeout",
    ("accepted", "void"): "withdrawn",
}


@pytest.mark.parametrize("state", proposals.MACHINE.states)
@pytest.mark.parametrize("action", [a for a in ProposalAction if a != "create"])
def test_a_proposal_moves_only_as_the_table_says(state: str, action: ProposalAction) -> None:
    wanted = PROPOSAL_TABLE.get((state, action.value))
    if wanted is None:
        with pytest.raises(WrongState) as refusal:
            proposals.MACHINE.check(action, state)
        assert refusal.value.details == {"state": state, "action": action.value}
    else:
        assert proposals.MACHINE.check(action, state).target == wanted


def test_a_refusal_names_the_present_state() -> None:
    with pytest.raises(WrongState, match="This proposal is withdrawn; accept is not possible any more"):
        proposals.MACHINE.check(ProposalAction.ACCEPT, "withdrawn")
    with pytest.raises(WrongState, match="This placement is hired; complete is not possible now"):
        placements.MACHINE.check(PlacementAction.COMPLETE, "hired")


def test_a_machine_lists_its_states_and_actions() -> None:
    assert proposals.MACHINE.names(terminal=True) == ("accepted", "declined", "withdrawn", "timeout")
    assert proposals.MACHINE.names(terminal=False) == ("proposed", "company_reviewing")
    assert len(proposals.MACHINE.names()) == 6
    assert [t.action for t in placements.MACHINE.actions_from("active")] == ["complete", "fail"]
