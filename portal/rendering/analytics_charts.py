"""The charts of the analytics page: each has a drawing, a summary in words, and its figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from portal.domain.money import to_major
from portal.domain.times import write_day
from portal.queries.analytics import Funnel, Range, Step, TeamSize
from portal.rendering import charts
from portal.wording.amounts import money
from portal.wording.reading import written
from portal.wording.writing import number, plural

Cell = str | int | float | Decimal | date | None
Rows = tuple[tuple[Cell, ...], ...]
HEAD = {"day": "Day", "week": "Week of", "month": "Month"}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `name` is what addresses call it."""

    name: str
    title: str
    svg: Markup
    head: tuple[str, ...]
    rows: Rows

    @property
    def cells(self) -> list[list[str]]:
        return [[_read(value) for value in row] for row in self.rows]


def _read(value: Cell) -> str:
    """Write a cell as people read it."""
    if value is None or isinstance(value, str):
        return value or "–"
    if isinstance(value, date):
        return write_day(value)
    if isinstance(value, float):
        value = Decimal(f"{value:g}")
    return number(value) if isinstance(value, int) else written(value)


def of_proposals(found: Funnel) -> Chart:
    """Draw what became of the proposals of the range."""
    stages = (
        ("Proposed", found.proposed),
        ("Accepted", found.accepted),
        ("Hired", found.hired),
        ("Completed", found.completed),
    )
    says = f"{plural(found.proposed, 'proposal')} led to {plural(found.hired, 'hire')}."
    drawn = stages if found.completed else stages[:-1]  # a hire completes months later: none yet says nothing
    svg = charts.funnel(drawn, "From proposal to completion", says, nothing="No proposals.")
    return Chart("funnel", "From proposal to completion", svg, ("Stage", "Proposals"), stages)


def of_steps(steps: Sequence[Step], span: Range) -> tuple[Chart, ...]:
    """Draw what happened over time: decisions and how quickly they were made, failures, fees."""
    return (
        _pace(steps, span),
        _timeouts(steps, span),
        _failures(steps, span),
        _fees(steps, span),
    )


def _labels(steps: Sequence[Step], span: Range) -> list[str]:
    return [f"{step.start:%b %y}" if span.step == "month" else _brief(step.start) for step in steps]


def _brief(day: date) -> str:
    return f"{day.day} {day:%b}"


def _full(step: Step, span: Range) -> str | date:
    return f"{step.start:%Y-%m}" if span.step == "month" else step.start.date()


def _pace(steps: Sequence[Step], span: Range) -> Chart:
    title, values = "Median hours to a decision", [step.median_hours for step in steps]
    known = [value for value in values if value is not None]
    says = "No decisions."
    if known:
        ends = dict.fromkeys(f"{hours:g} h" for hours in (min(known), max(known)))
        says = f"{'Between ' if len(ends) > 1 else ''}{' and '.join(ends)}."
    rows = tuple((_full(step, span), step.decided, step.median_hours) for step in steps)
    svg = charts.line(_labels(steps, span), values, title, says, lo=0, unit=" h", nothing="No decisions.")
    return Chart("pace", title, svg, (HEAD[span.step], "Decisions", "Median hours"), rows)


def _timeouts(steps: Sequence[Step], span: Range) -> Chart:
    title, total = "Decided or expired", sum(step.timed_out for step in steps)
    series = [("Decided", [step.decided for step in steps]), ("Expired", [step.timed_out for step in steps])]
    rows = tuple((_full(step, span), step.decided, step.timed_out) for step in steps)
    says, nothing = f"{plural(total, 'proposal')} expired.", "No proposals were decided or expired."
    colours = ("s1", charts.BAD)
    svg = charts.stacked(_labels(steps, span), series, title, says, nothing=nothing, colours=colours)
    return Chart("timeouts", title, svg, (HEAD[span.step], "Decided", "Expired"), rows)


def _failures(steps: Sequence[Step], span: Range) -> Chart:
    title, total = "Failed placements", sum(step.failed_inside for step in steps)
    series = [
        ("During guarantee", [step.failed_inside for step in steps]),
        ("After guarantee", [step.failed_outside for step in steps]),
    ]
    rows = tuple((_full(step, span), step.failed_inside, step.failed_outside) for step in steps)
    says = f"{total} failed during the guarantee."
    nothing, colours = "No failed placements.", (charts.BAD, "s2")
    svg = charts.stacked(_labels(steps, span), series, title, says, nothing=nothing, colours=colours)
    return Chart("failures", title, svg, (HEAD[span.step], "During guarantee", "After guarantee"), rows)


def _fees(steps: Sequence[Step], span: Range) -> Chart:
    """Draw the fees of each currency separately: amounts in two currencies can't be added up."""
    title, nothing = "Fees from hires", "No hires."
    hired = [(step, currency, to_major(minor, currency)) for step in steps for currency, minor in step.fees]
    drawn = [_fees_in(currency, steps, span) for currency in sorted({currency for _, currency, _ in hired})]
    shown = drawn or [charts.bar(_labels(steps, span), (), title, "", nothing=nothing)]
    svg = Markup('<div class="halves">{}</div>').format(Markup("").join(shown))
    rows = tuple((_full(step, span), currency, amount) for step, currency, amount in hired)
    return Chart("fees", title, svg, (HEAD[span.step], "Currency", "Fees"), rows)


def _fees_in(currency: str, steps: Sequence[Step], span: Range) -> Markup:
    minors = [dict(step.fees).get(currency, 0) for step in steps]
    values = [float(to_major(minor, currency)) for minor in minors]
    says = f"{money(sum(minors), currency)} in total."
    drawn = charts.bar(_labels(steps, span), values, f"Fees from hires, {currency}", says)
    return Markup("<div><h3>{}</h3>{}</div>").format(currency, drawn)


def of_teams(sizes: tuple[TeamSize, TeamSize]) -> Chart:
    """Draw how placements by one recruiter and by a team turned out."""
    title, labels = "Solo vs team", ["Solo", "Team"]
    series = [
        ("Completed", [size.completed for size in sizes]),
        ("Failed", [size.failed for size in sizes]),
        ("Ongoing", [size.hired - size.completed - size.failed for size in sizes]),
    ]
    rows = tuple(
        (label, size.hired, size.completed, size.failed, size.completed_percent)
        for label, size in zip(labels, sizes, strict=True)
    )
    says = f"{plural(sizes[1].hired, 'placement')} had a team."
    colours = (charts.GOOD, charts.BAD, "s1")
    svg = charts.stacked(labels, series, title, says, nothing="No hires.", colours=colours)
    return Chart("teams", title, svg, ("Placements", "Hired", "Completed", "Failed", "Completed, % of ended"), rows)


def of_protections(weeks: Sequence[tuple[datetime, int]]) -> Chart:
    """Draw how many claims expire in the coming weeks."""
    title, total = "Claims expiring by week", sum(count for _, count in weeks)
    svg = charts.bar(
        [_brief(start) for start, _ in weeks],
        [count for _, count in weeks],
        title,
        f"{plural(total, 'claim')} {'expires' if total == 1 else 'expire'} in the next {len(weeks)} weeks.",
        nothing=f"No claims expire in the next {len(weeks)} weeks.",
    )
    rows = tuple((start.date(), count) for start, count in weeks)
    return Chart("protections", title, svg, ("Week of", "Claims"), rows)
