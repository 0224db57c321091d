"""Charts keep their form with no, one, few and many points, gaps and negative values."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from portal.queries.billing.earnings import Month
from portal.rendering import charts, earnings_charts

STYLES = Path(charts.__file__).parents[2] / "static" / "css"

MONTHS = ["Oct", "Nov", "Dec"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (60, 100, [60, 70, 80, 90, 100]),
        (0, 0, [0, 1]),
        (5, 5, [0, 2, 4, 6]),
        (-5, 6, [-5, 0, 5, 10]),
        (0, 1, [0, 1]),
        (0.0, 1.0, [0, 0.25, 0.5, 0.75, 1]),
        (0, 1_203_400, [0, 500_000, 1_000_000, 1_500_000]),
    ],
)
def test_the_scale_is_round_and_encloses_the_values(low: float, high: float, expected: list[float]) -> None:
    assert charts.ticks(low, high) == expected


def test_a_gap_breaks_the_line() -> None:
    assert charts.runs([3, None, 4, 5]) == [[(0, 3)], [(2, 4), (3, 5)]]
    assert charts.line([*MONTHS, "Jan"], [3, None, 4, 5], "Hires", "").count("<polyline") == 1


@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_to_draw_says_so(values: list[float | None]) -> None:
    assert "No data yet" in charts.line(MONTHS[: len(values)], values, "Hires", "")
    assert "No data yet" in charts.bar(MONTHS[: len(values)], values, "Hires", "")
    assert "no data yet" in charts.spark(values, "Hires")
    assert "No data yet" in charts.stacked([], [], "Hires", "")
    assert "No data yet" in charts.funnel([("Proposed", 0)], "Way", "")


def test_zeros_alone_are_nothing_to_draw() -> None:
    assert "Nobody came." in charts.bar(MONTHS, [0, 0, None], "Hires", "", nothing="Nobody came.")
    assert "Nobody came." in charts.stacked(
        ["Nov"], [("Alone", [0]), ("Team", [0])], "Hires", "", nothing="Nobody came."
    )
    assert "<svg" in charts.line(MONTHS, [0, 0, 0], "Hours", "")


def test_a_point_without_a_line_is_seen_among_many() -> None:
    values = [1.0, 2.0, None, 3.0, *[None] * 26]
    assert charts.line([f"{n} Nov" for n in range(30)], values, "Hours", "").count('class="small"') == 2


@pytest.mark.parametrize(("names", "kept"), [(["24 Nov"] * 13, 4), (["Nov"] * 12, 6), (["One recruiter", "A team"], 2)])
def test_fewer_labels_stay_where_a_chart_is_narrow(names: list[str], kept: int) -> None:
    svg = charts.line(names, [1.0] * len(names), "Score", "")
    at = f'y="{charts.HEIGHT + 20}"'
    stays = [text.split(" y=")[0] for text in svg.split('<text class="ax" ') if at in text.split(">")[0]]
    assert len(stays) == kept
    assert stays[-1] == f'x="{100 if len(names) > 1 else 50:.2f}%"'


def test_one_point_stands_in_the_middle() -> None:
    assert 'cx="50.00%"' in charts.line(["Nov"], [5], "Hires", "")
    assert '<circle cx="48.0"' in charts.spark([5], "One")


def test_a_line_names_each_point_and_its_finding() -> None:
    svg = charts.line(MONTHS, [71, 72.5, 87], "Score", "Rose from 71 to 87.", unit="%")
    assert 'aria-label="Score. Rose from 71 to 87."' in svg
    assert "<title>Nov: 72.5%</title>" in svg


@pytest.mark.parametrize(("count", "labels"), [(1, 1), (7, 7), (12, 12), (60, 7)])
def test_no_more_labels_than_fit(count: int, labels: int) -> None:
    names = [f"{n}" if count < 60 else f"{n} Nov" for n in range(1, count + 1)]
    svg = charts.line(names, [1.0] * count, "Score", "")
    assert svg.count(f'y="{charts.HEIGHT + 20}"') == labels


def test_negative_bars_hang_below_zero() -> None:
    svg = charts.bar(MONTHS, [4, -2, None], "Change", "", unit="%")
    assert svg.count("<rect") == 2
    assert 'class="s1 neg"' in svg
    assert "<title>Nov: −2%</title>" in svg


def test_stacked_series_stand_on_each_other() -> None:
    svg = charts.stacked(["Nov"], [("Completed", [3]), ("Failed", [1]), ("Open", [0])], "Placements", "")
    assert svg.count("<rect") == 2
    assert "<title>Nov, Failed: 1</title>" in svg
    assert svg.count("<li>") == 3


def test_what_is_good_or_bad_to_everyone_has_its_own_colour_in_the_chart_and_its_key() -> None:
    series = [("Completed", [3]), ("Failed", [1]), ("Ongoing", [2])]
    svg = charts.stacked(["Nov"], series, "Placements", "", colours=(charts.GOOD, charts.BAD, "s1"))
    assert re.findall(r'<rect class="(\S+)"', svg) == ["s-ok", "s-bad", "s1"]
    assert re.findall(r'class="key (\S+)"></span>(\w+)', svg) == [
        ("s-ok", "Completed"),
        ("s-bad", "Failed"),
        ("s1", "Ongoing"),
    ]


def test_earnings_are_drawn_from_the_first_month_with_money_to_the_last() -> None:
    paid = [Month(date(2026, 9, 1), "USD", 100_00, 0), Month(date(2026, 12, 1), "EUR", 0, 50_00)]
    drawn = earnings_charts.by_month(paid, date(2026, 11, 30))
    assert [currency for currency, _ in drawn] == ["EUR", "USD"]
    for _, svg in drawn:
        assert re.findall(r"\b[A-Z][a-z]{2} 2\d\b(?=</text>)", svg)[:4] == ["Sep 26", "Oct 26", "Nov 26", "Dec 26"]


def test_a_funnel_says_the_share_of_the_step_before() -> None:
    svg = charts.funnel([("Proposed", 412), ("Accepted", 187), ("Hired", 0), ("Completed", 0)], "Way", "")
    assert "187, 45% of the previous step" in svg
    assert svg.count("of the previous step") == 2


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "100 percent unallocated"),
        (
            [("Sourcer", 4_000), ("Submitter", 3_000)],
            "Sourcer 40 percent, Submitter 30 percent, 30 percent unallocated",
        ),
        ([("Sourcer", 10_000)], "Sourcer 100 percent"),
        ([("Sourcer", 6_000), ("Closer", 5_500)], "Sourcer 60 percent, Closer 55 percent, 15 percent over"),
    ],
)
def test_a_split_bar_is_read_out(rows: list[tuple[str, int]], says: str) -> None:
    assert f'aria-label="Split: {says}"' in charts.splitbar(rows)


def test_what_people_wrote_is_escaped() -> None:
    evil = '<script>"'
    for svg in (
        charts.line([evil], [1], evil, evil),
        charts.bar([evil], [1], evil, evil),
        charts.stacked([evil], [(evil, [1])], evil, evil),
        charts.funnel([(evil, 1)], evil, evil),
        charts.spark([1], evil),
        charts.splitbar([(evil, 1)]),
        charts.line([], [], evil, evil),
    ):
        assert "<script" not in svg


@pytest.mark.parametrize(("value", "written"), [(0, "0"), (1_500, "1.5k"), (-2_000_000, "−2M"), (0.25, "0.25")])
def test_the_axis_is_short(value: float, written: str) -> None:
    assert charts._shortened(value, "") == written


def test_no_style_of_something_else_is_called_as_a_kind_of_chart() -> None:
    kinds = set(re.findall(r'class="chart (\w+)"', "".join(drawn())))
    named = re.compile(rf"^\s*\.({'|'.join(sorted(kinds))})\s*[,{{]", re.MULTILINE)
    assert kinds >= {"bar", "line"}
    assert [
        file.name for file in STYLES.glob("*.css") if "charts" not in file.name and named.search(file.read_text())
    ] == []


def drawn() -> list[str]:
    """Draw one of each kind."""
    rows = [("Paid", [1, 2, 3]), ("Expected", [3, 2, 1])]
    one = (MONTHS, [1, 2, 3], "Hires", "Up.")
    return [str(charts.bar(*one)), str(charts.line(*one)), str(charts.stacked(MONTHS, rows, "Money", "Up."))]
