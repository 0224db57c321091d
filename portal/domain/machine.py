"""State machines as data: one table drives guard, buttons, badges, filters, database CHECK and diagram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.errors import WrongState
from portal.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class State:
    """A state and how it is shown: word, icon of the sprite, tone of the tag; `said` goes on after "This placement"."""

    name: str
    label: str
    icon: str
    tone: str
    said: str
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states an action leads where, and who may do it; `done` goes on after "This placement cannot be"."""

    action: StrEnum
    sources: tuple[str | None, ...]
    target: str
    permission: Permission
    label: str
    done: str


@dataclass(frozen=True)
class Machine:
    """The states and transitions of one thing, named by the domain's word for it."""

    noun: str
    states: dict[str, State]
    transitions: dict[StrEnum, Transition] = field(default_factory=dict)

    @classmethod
    def of(cls, noun: str, states: Iterable[State], transitions: Iterable[Transition]) -> Machine:
        """Build a machine from rows."""
        return cls(noun, {s.name: s for s in states}, {t.action: t for t in transitions})

    @property
    def labels(self) -> dict[str, str]:
        return {state.name: state.label for state in self.states.values()}

    def check(self, action: StrEnum, state: str) -> Transition:
        """Return the transition of `action` from `state`, which has to have it."""
        transition = self.transitions[action]
        if state == transition.target and " not " not in self.states[state].said:
            said = self._stands(state, already=True)
            raise WrongState(f"{said}.", details={"state": state, "action": str(action)})
        if state not in transition.sources:
            raise self.refusal(state, transition.done, str(action))
        return transition

    def refusal(self, state: str, done: str, action: str, *, part: str = "") -> WrongState:
        """Return the error that refuses what a state does not allow to be done, with the whole or with a part of it."""
        cannot = "can no longer be" if self.states[state].terminal else "can’t be"
        subject = f"its {part} " if part else ""
        return WrongState(
            f"{self._stands(state)} and {subject}{cannot} {done}.", details={"state": state, "action": action}
        )

    def _stands(self, state: str, *, already: bool = False) -> str:
        said = self.states[state].said
        return f"This {self.noun} {said.replace(' ', ' already ', 1) if already else said}"

    def actions_from(self, state: str) -> tuple[Transition, ...]:
        return tuple(t for t in self.transitions.values() if state in t.sources)

    def left(self) -> tuple[str, ...]:
        """List the states that some transition leaves."""
        return tuple(name for name in self.states if self.actions_from(name))

    def names(self, *, terminal: bool | None = None) -> tuple[str, ...]:
        """List the names of the states: all, or those that are terminal or not."""
        return tuple(s.name for s in self.states.values() if terminal is None or s.terminal is terminal)
