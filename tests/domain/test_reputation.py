"""The score against the check values of domain.md §6, and what must hold for any figures."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import scorer
from tests.scorer import Inputs


def inputs(**figures: object) -> Inputs:
    """Make the figures of a recruiter; what is not given is absent."""
    base: dict[str, object] = {
        "decided": 0,
        "placements": 0,
        "completed": 0,
        "failed": 0,
        "feedback_mean_stars": None,
        "mean_response_hours": None,
    }
    return Inputs(**{**base, **figures})  # type: ignore[arg-type]


@pytest.mark.parametrize(("hire", "completion", "shown"), [("0.33", "0.91", 85), ("0.35", "0.93", 87)])
def test_the_check_values_of_the_specification_hold(hire: str, completion: str, shown: int) -> None:
    score = scorer.combine(
        scorer.hire_component(Decimal(hire)),
        scorer.completion_component(Decimal(completion)),
        Decimal(92),
        scorer.responsiveness_component(Decimal("4.5")),
    )
    assert score.shown == shown


def test_a_recruiter_without_data_is_neutral_and_provisional() -> None:
    nobody = inputs()
    assert scorer.score(nobody).exact == 50
    assert nobody.provisional


@pytest.mark.parametrize(
    ("figures", "component", "marks"),
    [
        ({"decided": 20, "placements": 9}, "hire", 100),
        ({"decided": 100, "placements": 18}, "hire", 40),
        ({"completed": 3, "failed": 1}, "completion", 75),
        ({"feedback_mean_stars": Decimal(5)}, "collaboration", 100),
        ({"feedback_mean_stars": Decimal(1)}, "collaboration", 0),
        ({"mean_response_hours": Decimal(0)}, "responsiveness", 100),
        ({"mean_response_hours": Decimal(84)}, "responsiveness", 50),
        ({"mean_response_hours": Decimal(500)}, "responsiveness", 0),
    ],
)
def test_each_component_is_marked_as_the_table_says(figures: dict[str, object], component: str, marks: int) -> None:
    assert getattr(scorer.score(inputs(**figures)), component) == marks


def test_enough_history_is_not_provisional() -> None:
    assert not inputs(decided=5, placements=3, completed=3).provisional
    assert inputs(decided=4, placements=3, completed=3).provisional
    assert inputs(decided=5, placements=3, completed=2).provisional


figures = st.fixed_dictionaries(
    {
        "decided": st.integers(0, 500),
        "placements": st.integers(0, 500),
        "completed": st.integers(0, 300),
        "failed": st.integers(0, 300),
        "feedback_mean_stars": st.none() | st.decimals(1, 5, places=2),
        "mean_response_hours": st.none() | st.decimals(0, 1000, places=2),
    }
)


@given(figures)
def test_a_score_is_between_0_and_100(values: dict[str, object]) -> None:
    assert 0 <= scorer.score(inputs(**values)).exact <= 100


@given(figures)
def test_more_hires_never_lower_the_score(values: dict[str, object]) -> None:
    better = {**values, "placements": int(str(values["placements"])) + 1}
    assert scorer.score(inputs(**better)).exact >= scorer.score(inputs(**values)).exact


@given(figures)
def test_a_slower_answer_never_raises_the_score(values: dict[str, object]) -> None:
    hours = values["mean_response_hours"]
    if hours is not None:
        slower = {**values, "mean_response_hours": Decimal(str(hours)) + 1}
        assert scorer.score(inputs(**slower)).exact <= scorer.score(inputs(**values)).exact


@given(figures)
def test_one_more_failure_never_raises_the_score_of_somebody_with_history(values: dict[str, object]) -> None:
    if int(str(values["completed"])) + int(str(values["failed"])) > 0:
        worse = {**values, "failed": int(str(values["failed"])) + 1}
        assert scorer.score(inputs(**worse)).exact <= scorer.score(inputs(**values)).exact
