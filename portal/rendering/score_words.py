"""A score written out, so that anybody can work it out again: components, numerators, denominators, the sum.

What is divided is written in whole numbers and hours as finely as they are kept: a rounded step in between would give
a hundredth more or less.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.domain import reputation as rules
from portal.queries.reputation.reputation import Figures, shown
from portal.wording.writing import number, plural

FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Component:
    """One component as the page shows it: marks, weight in percent, and where the marks come from."""

    name: str
    label: str
    marks: Decimal
    weight: int
    note: str


def components(figures: Figures) -> tuple[Component, ...]:
    notes = {
        "hire": _hire(figures),
        "completion": _completion(figures),
        "collaboration": _collaboration(figures),
        "responsiveness": _responsiveness(figures),
    }
    return tuple(
        Component(name, rules.LABELS[name], getattr(figures, name), weight, notes[name])
        for name, weight in rules.WEIGHTS.items()
    )


def written_sum(figures: Figures) -> str:
    """Write the sum: `82.22×0.40 + … = 88.08, shown as 88.`"""
    parts = (f"{c.marks:.2f}×{Decimal(c.weight) / 100:.2f}" for c in components(figures))
    return f"{' + '.join(parts)} = {figures.score:.2f}, shown as {shown(figures.score)}."


def _percent(part: int, whole: int) -> str:
    return f"{Decimal(part) / whole * 100:.2f}%"


def _hire(f: Figures) -> str:
    if not f.decided:
        return "No company has decided a proposal yet, so this is a neutral 50."
    share = _percent(f.placements, f.decided)
    of = f"{plural(f.placements, 'hire')} ÷ {plural(f.decided, 'decided proposal')} = {share}"
    if f.hire == FULL:
        return f"{of}; {rules.HIRE_FULL_MARKS * 100:.0f}% or more is 100."
    return f"{of}; {number(f.placements)} ÷ {number(f.decided)} ÷ {rules.HIRE_FULL_MARKS} × 100."


def _completion(f: Figures) -> str:
    if not f.finished:
        return "No placement has ended yet, so this is a neutral 50."
    of = f"{number(f.completed)} completed ÷ {number(f.finished)} ended"
    return f"{of} ({number(f.failed)} failed) = {_percent(f.completed, f.finished)}."


def _collaboration(f: Figures) -> str:
    if f.feedback_stars is None:
        return f"Fewer than {rules.MIN_RATERS} teammates have rated, so this is a neutral 50."
    of = f"Average of {plural(f.feedback_count, 'rating')}: {f.feedback_stars:.3f} of 5 stars"
    return f"{of}; ({f.feedback_stars:.3f} − 1) × 25."


def _responsiveness(f: Figures) -> str:
    if f.response_hours is None:
        return "No question or split change has needed an answer yet, so this is a neutral 50."
    of = f"Average of {plural(f.response_count, 'request')}: {f.response_hours:.4f} h"
    if not f.responsiveness:
        return f"{of}; {rules.RESPONSE_ZERO_HOURS} h or more is 0."
    return f"{of}; (1 − {f.response_hours:.4f} ÷ {rules.RESPONSE_ZERO_HOURS}) × 100."


def missing(figures: Figures) -> str:
    """Return what a rank still needs; nothing when there is enough."""
    parts = []
    if figures.missing_decided:
        parts.append(plural(figures.missing_decided, "more decided proposal"))
    if figures.missing_finished:
        parts.append(plural(figures.missing_finished, "more ended placement"))
    return " and ".join(parts)
