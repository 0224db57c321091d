"""The documents that are written from the tables: states with their diagrams, and the events."""

from __future__ import annotations

from dataclasses import fields

from portal.domain import disputes, placements, proposals
from portal.domain.billing import runs
from portal.domain.events import EVENT_TYPES, Event
from portal.domain.machine import Machine, Transition
from portal.domain.permissions import GRANTS, ROLE_LABELS

MACHINES: tuple[Machine, ...] = (proposals.MACHINE, placements.MACHINE, disputes.MACHINE, runs.MACHINE)


def states() -> str:
    """Write docs/states.md: for each machine a diagram and the table of its transitions."""
    said = "Generated from the transition tables in `portal/domain/`; a test keeps it up to date."
    parts = ["# States", "", said, ""]
    for machine in MACHINES:
        parts += [f"## {machine.noun.capitalize()}", "", *_diagram(machine), "", *_table(machine), ""]
    return "\n".join(parts)


def _diagram(machine: Machine) -> list[str]:
    arrows = [
        f"    {source or '[*]'} --> {t.target}: {t.action}"
        for t in machine.transitions.values()
        for source in t.sources
    ]
    ends = [f"    {name} --> [*]" for name in machine.names(terminal=True)]
    return ["```mermaid", "stateDiagram-v2", *arrows, *ends, "```"]


def _table(machine: Machine) -> list[str]:
    rows = ["| from | action | to | who |", "|---|---|---|---|"]
    return rows + [_row(machine, t) for t in machine.transitions.values()]


def _row(machine: Machine, transition: Transition) -> str:
    sources = ", ".join("–" if s is None else machine.states[s].label for s in transition.sources)
    who = ", ".join(f"{ROLE_LABELS[role]} ({scope})" for role, scope in GRANTS[transition.permission].items())
    return f"| {sources} | {transition.label} | {machine.states[transition.target].label} | {who} |"


def events() -> str:
    """Write docs/events.md: each event type, when it happens, what its payload holds and which emails it has."""
    head = [
        "# Events",
        "",
        "Generated from `portal/domain/events/`; a test keeps it up to date. Money is in minor units, shares in",
        "basis points, times are UTC; payloads hold ids and the figures at the time, but no names or contact data.",
        "",
        "| type | when | payload | emails, and the kind that people choose by |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(_event(EVENT_TYPES[name]) for name in sorted(EVENT_TYPES)), ""])


def _event(kind: type[Event]) -> str:
    names = ", ".join(f"`{f.name}`" for f in fields(kind) if f.name != "organisation_id")
    when = " ".join((kind.__doc__ or "").split()).replace("|", "/")
    mails = f"{kind.notice}: {', '.join(f'`{name}`' for name in kind.mails)}" if kind.notice else ""
    return f"| `{kind.type}` | {when} | {names} | {mails} |"
