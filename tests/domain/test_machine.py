"""Machines, and the transition table of proposals against domain.md §3, written out by hand."""

from __future__ import annotations

import re
from itertools import product

import pytest

from portal.domain import disputes, placements, proposals
from portal.domain.billing import runs
from portal.domain.billing.runs import RunAction
from portal.domain.disputes import DisputeAction
from portal.domain.errors import WrongState
from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission
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
    with pytest.raises(WrongState, match=r"^This placement has failed and can no longer be completed\.$"):
        placements.MACHINE.check(PlacementAction.COMPLETE, "failed")
    with pytest.raises(WrongState, match=r"^This placement has not been activated and can’t be completed\.$"):
        placements.MACHINE.check(PlacementAction.COMPLETE, "hired")
    with pytest.raises(WrongState, match=r"^This dispute has been resolved and can’t be withdrawn\.$"):
        disputes.MACHINE.check(DisputeAction.WITHDRAW, "resolved")


def test_a_refusal_of_what_was_done_before_says_so() -> None:
    with pytest.raises(WrongState, match=r"^This proposal has already been withdrawn\.$"):
        proposals.MACHINE.check(ProposalAction.WITHDRAW, "withdrawn")
    with pytest.raises(WrongState, match=r"^This payout run has already been paid\.$"):
        runs.MACHINE.check(RunAction.PAY, "paid")


def test_a_refusal_may_be_about_a_part() -> None:
    refused = placements.MACHINE.refusal("failed", "extended", "extend", part="guarantee")
    assert str(refused) == "This placement has failed and its guarantee can no longer be extended."


@pytest.mark.parametrize("machine", [proposals.MACHINE, placements.MACHINE, disputes.MACHINE, runs.MACHINE])
def test_every_refusal_is_a_sentence(machine: Machine) -> None:
    for state, action in product(machine.states, machine.transitions):
        if state in machine.transitions[action].sources:
            continue
        with pytest.raises(WrongState) as refusal:
            machine.check(action, state)
        says = rf"This {machine.noun} (is|has) (already )?[a-z ]+( and can(’t| no longer) be [a-z -]+)?\."
        assert re.fullmatch(says, str(refusal.value)), refusal.value


def test_a_machine_lists_its_states_and_actions() -> None:
    states = [State(name, name, "", "", "", terminal=name == "shut") for name in ("new", "open", "shut")]
    moves = [("begin", (None,), "new"), ("open", ("new",), "open"), ("shut", ("new", "open"), "shut")]
    door = Machine.of("door", states, [Transition(*move, Permission.JOB_VIEW, "", "") for move in moves])
    assert (door.names(terminal=True), door.names(terminal=False)) == (("shut",), ("new", "open"))
    assert (door.names(), door.left()) == (("new", "open", "shut"), ("new", "open"))
    assert [t.action for t in door.actions_from("new")] == ["open", "shut"]
