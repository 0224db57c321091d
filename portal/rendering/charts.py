"""Charts drawn as SVG on the server: no script, no inline style; colours come from classes, so they follow the theme.

x is in percent and strokes do not scale, so that text keeps its size on a phone. Pair each chart with a table
(`ui.chart_figure`). None among the values is a gap. Where there is nothing to draw, or zeros alone, `nothing` is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, cycle

import segno
from markupsafe import Markup, escape

from portal.domain.texts import MINUS
from portal.wording.writing import bp

Values = Sequence[float | None]
HEIGHT = 190
WHOLE_BP = 10_000
MAX_X_LABELS = 7
NARROW_X_LABELS = 4  # and where the chart is narrow
SHORT = 3  # labels such as Nov: twice as many fit
NOTHING = "No data yet."
SERIES = ("s1", "s2", "s3", "s4")  # colours, which repeat; GOOD and BAD are for what is that to everyone
GOOD, BAD = "s-ok", "s-bad"


def drawn(markup: str) -> Markup:
    """Mark markup as finished: its variable parts are figures, or were escaped."""
    return Markup(markup)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return round values that enclose a range, whole ones for whole bounds; a flat range gets room around it."""
    whole = isinstance(low, int) and isinstance(high, int)
    if low == high:
        low, high = (0, 1) if low == 0 else (min(0, low), max(0, high))
    raw = (high - low) / count
    magnitude = 10 ** math.floor(math.log10(raw))
    multiples = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    step = next(m * magnitude for m in multiples if m * magnitude >= raw * 0.999)
    step = max(step, 1) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * i, 10) for i in range(first, last + 1)]


def runs(values: Values) -> list[list[tuple[int, float]]]:
    """Split values into unbroken runs of (position, value)."""
    found: list[list[tuple[int, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((i, value))
    return [run for run in found if run]


def _written(value: float, unit: str = "") -> str:
    return f"{value:,.10g}{unit}".replace("-", MINUS)


def _shortened(value: float, unit: str) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}{unit}".replace("-", MINUS)
    return _written(value, unit)


class Plot:
    """Turn values into places: percent across, pixels down."""

    def __init__(self, labels: Sequence[str], low: float, high: float, unit: str, *, banded: bool) -> None:
        """Choose the scale; banded places stand in the middle of equal bands, others reach the edges."""
        self.labels, self.unit, self.banded = labels, unit, banded
        self.ticks = ticks(low, high)

    def x(self, i: int) -> float:
        """Return the place of a position, in percent."""
        count = len(self.labels)
        if self.banded:
            return (i + 0.5) * 100 / count
        return 50.0 if count == 1 else i * 100 / (count - 1)

    def y(self, value: float) -> float:
        """Return the place of a value, in pixels from the top."""
        bottom, top = self.ticks[0], self.ticks[-1]
        return (top - value) / (top - bottom) * HEIGHT

    def axes(self) -> str:
        """Draw the grid with its values, and the labels that fit."""
        lines = "".join(
            f'<line class="grid{" zero" if tick == 0 else ""}" x1="0" x2="100%" '
            f'y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}"/>'
            f'<text class="ax" x="-8" y="{self.y(tick) + 4:.1f}" text-anchor="end">{_shortened(tick, self.unit)}</text>'
            for tick in self.ticks
        )
        kept = self._kept()
        return lines + "".join(self._label(i, kept) for i in self._shown())

    def _fitting(self, most: int) -> int:
        """Return how many labels fit where so many of the usual length do."""
        return 2 * most if max(len(label) for label in self.labels) <= SHORT else most

    def _shown(self) -> list[int]:
        return self._spread(self._fitting(MAX_X_LABELS))

    def _spread(self, most: int) -> list[int]:
        """Choose at most so many positions, the last among them."""
        every = math.ceil(len(self.labels) / most)
        return [i for i in range(len(self.labels)) if (len(self.labels) - 1 - i) % every == 0]

    def _label(self, i: int, kept: list[int]) -> str:
        spare = "" if i in kept else " alt"  # hidden where the chart is narrow
        place = f'x="{self.x(i):.2f}%" y="{HEIGHT + 20}" text-anchor="middle"'
        return f'<text class="ax{spare}" {place}>{escape(self.labels[i])}</text>'

    def _kept(self) -> list[int]:
        """Choose those labels of the shown ones that stay where the chart is narrow."""
        shown = self._shown()
        every = math.ceil(len(shown) / self._fitting(NARROW_X_LABELS))
        return shown[::-1][::every]


def _figure(kind: str, title: str, desc: str, body: str, height: int = HEIGHT) -> Markup:
    name = f"{title}. {desc}"
    return drawn(
        f'<svg class="chart {kind}" height="{height}" role="img" aria-label="{escape(name)}">'
        f"<title>{escape(title)}</title><desc>{escape(desc)}</desc>{body}</svg>"
    )


def _nothing(says: str) -> Markup:
    return Markup('<p class="chart-none">{}</p>').format(says)


def _bounds(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    return (min(values) if low is None else low), (max(values) if high is None else high)


def line(
    labels: Sequence[str],
    values: Values,
    title: str,
    desc: str,
    lo: float | None = None,
    hi: float | None = None,
    unit: str = "",
    *,
    nothing: str = NOTHING,
) -> Markup:
    """Draw one series over time."""
    known = [value for value in values if value is not None]
    if not known:
        return _nothing(nothing)
    plot = Plot(labels, *_bounds(known, lo, hi), unit, banded=False)
    base = plot.y(max(plot.ticks[0], min(0, plot.ticks[-1])))
    curves = "".join(_curve(plot, run, base) for run in runs(values) if len(run) > 1)
    inner = f'<svg width="100%" height="{HEIGHT}" viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none">{curves}</svg>'
    dots = "".join(_dot(plot, i, value, alone=len(run) == 1) for run in runs(values) for i, value in run)
    return _figure("line", title, desc, plot.axes() + inner + dots)


def _curve(plot: Plot, run: list[tuple[int, float]], base: float) -> str:
    points = " ".join(f"{plot.x(i):.2f},{plot.y(value):.1f}" for i, value in run)
    first, last = plot.x(run[0][0]), plot.x(run[-1][0])
    return (
        f'<polygon class="area" points="{first:.2f},{base:.1f} {points} {last:.2f},{base:.1f}"/>'
        f'<polyline class="ln" points="{points}" vector-effect="non-scaling-stroke"/>'
    )


def _dot(plot: Plot, i: int, value: float, *, alone: bool) -> str:
    """Draw a point; among many it is small on its line, but one without a line has to be seen."""
    at = f'cx="{plot.x(i):.2f}%" cy="{plot.y(value):.1f}"'
    small = ' class="small"' if len(plot.labels) > 24 and not alone else ""
    says = f"<title>{escape(plot.labels[i])}: {_written(value, plot.unit)}</title>"
    return f'<g class="pt"><circle class="hit" {at} r="12"/><circle{small} {at} r="3"/>{says}</g>'


def spark(values: Values, label: str, w: int = 96, h: int = 24) -> Markup:
    """Draw a small line beside a figure; the label says what it shows."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup('<span class="muted">no data yet</span>')
    low, span = min(known), (max(known) - min(known)) or 1
    width = max(1, len(values) - 1)

    def place(i: int, value: float) -> str:
        level = 0.5 if len(set(known)) == 1 else (value - low) / span
        return f"{(i if len(values) > 1 else 0.5) * (w - 6) / width + 3:.1f},{h - 3 - level * (h - 6):.1f}"

    lines = "".join(f'<polyline points="{" ".join(place(i, v) for i, v in run)}"/>' for run in runs(values))
    x, y = place(*runs(values)[-1][-1]).split(",")
    return drawn(
        f'<svg class="spark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{escape(label)}">'
        f'{lines}<circle cx="{x}" cy="{y}" r="2.2"/></svg>'
    )


def bar(
    labels: Sequence[str], values: Values, title: str, desc: str, unit: str = "", *, nothing: str = NOTHING
) -> Markup:
    """Draw one bar a label; negative ones hang below the zero line."""
    known = [value for value in values if value is not None]
    if not any(known):
        return _nothing(nothing)
    plot = Plot(labels, min(0, *known, 0), max(0, *known, 0), unit, banded=True)
    bars = "".join(_bar(plot, i, 0, value, "s1", "") for i, value in enumerate(values) if value is not None)
    return _figure("bar", title, desc, plot.axes() + bars)


def _bar(plot: Plot, i: int, start: float, end: float, colour: str, name: str) -> str:
    width = min(100 / len(plot.labels) * 0.64, 8)
    top, bottom = sorted((plot.y(start), plot.y(end)))
    says = f"{escape(plot.labels[i])}{', ' + str(escape(name)) if name else ''}: {_written(end - start, plot.unit)}"
    return (
        f'<rect class="{colour}{" neg" if end < start else ""}" x="{plot.x(i) - width / 2:.2f}%" y="{top:.1f}" '
        f'width="{width:.2f}%" height="{bottom - top:.1f}"><title>{says}</title></rect>'
    )


def stacked(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    title: str,
    desc: str,
    unit: str = "",
    *,
    nothing: str = NOTHING,
    colours: Sequence[str] = SERIES,
) -> Markup:
    """Draw several series on top of each other, with a key."""
    totals = [sum(values) for values in zip(*(values for _, values in series), strict=True)]
    if not any(totals):
        return _nothing(nothing)
    plot = Plot(labels, 0, max(totals), unit, banded=True)
    bars = ""
    for i in range(len(labels)):
        tops = list(accumulate(values[i] for _, values in series))
        for n, ((name, values), top) in enumerate(zip(series, tops, strict=True)):
            if values[i]:
                bars += _bar(plot, i, top - values[i], top, colours[n % len(colours)], name)
    return _key([name for name, _ in series], colours) + _figure("stacked", title, desc, plot.axes() + bars)


def _key(names: Sequence[str], colours: Sequence[str]) -> Markup:
    items = (
        f'<li><span class="key {colour}"></span>{escape(name)}</li>' for name, colour in zip(names, cycle(colours))
    )
    return drawn(f'<ul class="chart-key">{"".join(items)}</ul>')


def funnel(steps: Sequence[tuple[str, int]], title: str, desc: str, *, nothing: str = NOTHING) -> Markup:
    """Draw steps of a process as shrinking bars; each says its share of the step before."""
    if not steps or not steps[0][1]:
        return _nothing(nothing)
    most, row = max(count for _, count in steps), 46
    body = ""
    for n, (label, count) in enumerate(steps):
        before = steps[n - 1][1] if n else 0
        share = f", {round(100 * count / before)}% of the previous step" if before else ""
        y = n * row
        body += (
            f'<text class="lb" x="0" y="{y + 13}">{escape(label)}</text>'
            f'<text class="ax" x="100%" y="{y + 13}" text-anchor="end">{count:,}{share}</text>'
            f'<rect class="track" x="0" y="{y + 20}" width="100%" height="12" rx="3"/>'
            f'<rect class="s1" x="0" y="{y + 20}" width="{100 * count / most:.2f}%" height="12" rx="3"/>'
        )
    return _figure("funnel", title, desc, body, row * len(steps))


def splitbar(rows: Sequence[tuple[str, int]]) -> Markup:
    """Draw shares in basis points as one bar; what is not given away is open, more than the whole is an error."""
    total = sum(points for _, points in rows)
    whole = max(WHOLE_BP, total)
    starts = accumulate((points for _, points in rows), initial=0)
    parts = "".join(
        _share(n, 100 * start / whole, 100 * points / whole)
        for n, ((_, points), start) in enumerate(zip(rows, starts, strict=False))
    )
    if total > WHOLE_BP:
        parts += f'<rect class="over" x="{100 * WHOLE_BP / whole:.2f}%" width="100%" height="14"/>'
    return drawn(
        f'<svg class="splitbar" width="100%" height="14" role="img" aria-label="Split: {escape(_shares(rows, total))}">'
        f'<rect class="open" width="100%" height="14"/>{parts}</svg>'
    )


def _share(n: int, start: float, width: float) -> str:
    gap = f'<rect class="gap" x="{start:.2f}%" width="2" height="14"/>' if n else ""
    return f'<rect class="{SERIES[n % len(SERIES)]}" x="{start:.2f}%" width="{width:.2f}%" height="14"/>{gap}'


def _shares(rows: Sequence[tuple[str, int]], total: int) -> str:
    says = [f"{label} {bp(points)} percent" for label, points in rows]
    if total < WHOLE_BP:
        says.append(f"{bp(WHOLE_BP - total)} percent unallocated")
    if total > WHOLE_BP:
        says.append(f"{bp(total - WHOLE_BP)} percent over")
    return ", ".join(says)


@lru_cache(maxsize=256)
def qr(address: str, label: str) -> Markup:
    """Draw an address as a QR code for a camera to read from paper; it has its own light ground in every theme."""
    code = segno.make(address, micro=False, error="m")
    svg = code.svg_inline(border=2, omitsize=True, light="#fff", svgclass="qr")
    return Markup('<div role="img" aria-label="{}">{}</div>').format(label, drawn(svg))
