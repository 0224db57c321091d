"""The rules of a placement (domain.md §4), without a database."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain import placements as rules
from portal.domain.errors import Conflict, InvalidInput, WrongState
from portal.domain.placements import GuaranteeTerms, PlacementAction, PlacementState, Side

S, A = PlacementState, PlacementAction
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLE = {
    (S.HIRED, A.ACTIVATE): S.ACTIVE,
    (S.HIRED, A.NO_SHOW): S.FAILED,
    (S.ACTIVE, A.COMPLETE): S.COMPLETED,
    (S.ACTIVE, A.FAIL): S.FAILED,
    (S.COMPLETED, A.FAIL): S.FAILED,
    (S.HIRED, A.UNDO): S.UNDONE,
    (S.FAILED, A.REOPEN): S.HIRED,
    (S.FAILED, A.RESUME): S.ACTIVE,
    (S.COMPLETED, A.CONTINUE): S.ACTIVE,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_a_placement_moves_as_the_table_says_and_not_otherwise(state: S, action: A) -> None:
    if (state, action) in TABLE:
        assert rules.MACHINE.check(action, state).target == TABLE[state, action]
        return
    with pytest.raises(WrongState):
        rules.MACHINE.check(action, state)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2025, 12, 15), 90, date(2026, 3, 15)),
        (date(2025, 12, 15), 120, date(2026, 4, 14)),
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_the_guarantee_ends_after_its_days(start: date, days: int, end: date) -> None:
    assert rules.guarantee_end(start, days) == end


@pytest.mark.parametrize(
    ("day", "zone", "over"),
    [
        (date(2026, 3, 15), "UTC", datetime(2026, 3, 16, tzinfo=UTC)),
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the clocks went forward
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),  # and back
    ],
)
def test_the_last_day_is_whole_in_the_zone(day: date, zone: str, over: datetime) -> None:
    assert rules.end_of_day(day, zone) == over
    assert rules.local_day(over, zone) == day + timedelta(days=1)
    assert rules.local_day(over - timedelta(microseconds=1), zone) == day


@pytest.mark.parametrize(
    ("state", "days", "end", "phase"),
    [
        (S.HIRED, None, None, "not_started"),
        (S.ACTIVE, 90, date(2026, 3, 15), "running"),
        (S.ACTIVE, 90, date(2026, 3, 16), "running"),
        (S.ACTIVE, 90, date(2026, 3, 14), "ended"),
        (S.ACTIVE, 0, date(2026, 3, 15), "none"),
        (S.COMPLETED, 90, date(2026, 3, 15), "ended"),
        (S.FAILED, 90, date(2026, 3, 20), "failed"),
        (S.FAILED, None, None, "none"),
    ],
)
def test_where_a_guarantee_stands_on_15_march(state: S, days: int | None, end: date | None, phase: str) -> None:
    assert rules.phase(state, days, end, date(2026, 3, 15)) == phase


def test_every_state_says_what_it_means() -> None:
    assert list(rules.MEANING) == list(rules.MACHINE.states), "pages and lists ask a state's meaning, never its name"


BEGAN = date(2026, 1, 5)
HIRED_ON, END = date(2026, 1, 1), date(2026, 4, 5)


@pytest.mark.parametrize(
    ("state", "days", "way"),
    [
        (S.HIRED, {}, ["Hired now 1", "Active todo not yet", "Completed todo not yet"]),
        (S.ACTIVE, {S.ACTIVE: BEGAN}, ["Hired done 1", "Active now since 5", "Completed todo expected 5"]),
        (S.COMPLETED, {S.ACTIVE: BEGAN, S.COMPLETED: END}, ["Hired done 1", "Active done 5", "Completed done 5"]),
        (S.FAILED, {S.ACTIVE: BEGAN, S.FAILED: date(2026, 2, 9)}, ["Hired done 1", "Active done 5", "Failed failed 9"]),
        (S.FAILED, {S.FAILED: date(2026, 1, 9)}, ["Hired done 1", "Failed failed 9"]),
        (S.UNDONE, {S.UNDONE: date(2026, 1, 9)}, ["Hired done 1", "Undone failed 9"]),
    ],
)
def test_the_way_of_a_placement(state: S, days: dict[str, date], way: list[str]) -> None:
    began = dict.fromkeys(S) | {S.HIRED: HIRED_ON} | days
    steps = rules.steps(state, began, None if state == S.HIRED else END)
    said = [" ".join(filter(None, (s.label, s.place, s.word, str(s.day.day) if s.day else ""))) for s in steps]
    assert said == way


@pytest.mark.parametrize("state", S)
def test_only_what_is_over_has_nothing_ahead_and_only_what_ended_badly_failed(state: S) -> None:
    over = rules.MACHINE.states[state].terminal
    steps = rules.steps(state, dict.fromkeys(S, BEGAN), END)
    assert [s.label for s in steps if s.place == "now"] == ([] if over else [rules.MACHINE.labels[state]])
    assert any(s.place == "todo" for s in steps) is not over
    assert any(s.place == "failed" for s in steps) is (over and state != S.COMPLETED)


def test_a_state_began_when_it_came_first_but_an_end_when_it_came_last() -> None:
    came = (S.HIRED, S.ACTIVE, S.FAILED, S.ACTIVE, S.COMPLETED, S.ACTIVE, S.COMPLETED)
    began = rules.began((state, NOON + timedelta(days=n)) for n, state in enumerate(came))
    days = {state: (at - NOON).days for state, at in began.items() if at}
    assert days == {S.HIRED: 0, S.ACTIVE: 1, S.COMPLETED: 6, S.FAILED: 2}


def test_a_placement_may_complete_and_still_fail_on_the_last_day() -> None:
    end = date(2026, 3, 15)
    assert [rules.may_complete(end, end + timedelta(days=n)) for n in (-1, 0, 1)] == [False, True, True]
    assert [rules.is_replacement_eligible(end, end + timedelta(days=n)) for n in (-1, 0, 1)] == [True, True, False]


@pytest.mark.parametrize(
    ("left", "given", "notice"),
    [
        (31, set(), None),
        (30, set(), 30),
        (29, {30}, None),
        (7, {30}, 7),
        (5, set(), 7),
        (1, {30}, 1),
        (1, {1}, None),
        (0, {30, 7}, 1),
        (-1, set(), None),
        (20, {7}, None),  # a nearer one was given before the guarantee was extended
    ],
)
def test_the_nearest_notice_is_given_once(left: int, given: set[int], notice: int | None) -> None:
    assert rules.due_notice((30, 7, 1), left, frozenset(given)) == notice


@pytest.mark.parametrize(("offset", "allowed"), [(-366, False), (-365, True), (540, True), (541, False)])
def test_the_start_date_has_bounds(offset: int, allowed: bool) -> None:
    today = date(2026, 11, 24)
    if allowed:
        rules.check_start(today + timedelta(days=offset), today)
    else:
        with pytest.raises(InvalidInput):
            rules.check_start(today + timedelta(days=offset), today)


@pytest.mark.parametrize(("ended", "asked"), [(-1, True), (0, False), (1, False)])
def test_a_guarantee_that_would_be_over_at_once_is_asked_about(ended: int, asked: bool) -> None:
    today = date(2026, 11, 24)
    with pytest.raises(Conflict, match="23 Nov 2026") if asked else nullcontext():
        rules.refuse_ended(today + timedelta(days=ended), today)


@pytest.mark.parametrize(("wish", "days"), [(None, 90), (30, 60), (75, 75), (500, 120)])
def test_the_wish_of_a_job_keeps_inside_the_bounds(wish: int | None, days: int) -> None:
    terms = GuaranteeTerms(minimum_days=60, maximum_days=120)
    assert rules.default_days(terms, wish) == days
    rules.check_days(days, terms)
    with pytest.raises(InvalidInput, match="60 to 120"):
        rules.check_days(59, terms)


@pytest.mark.parametrize(
    ("days", "extensions", "additional", "refusal"),
    [
        (90, 0, 30, None),
        (90, 1, 275, None),
        (90, 2, 1, Conflict),
        (365, 0, 1, Conflict),
        (90, 0, 0, InvalidInput),
        (90, 0, 276, InvalidInput),
    ],
)
def test_an_extension_has_bounds(
    days: int, extensions: int, additional: int, refusal: type[Conflict | InvalidInput] | None
) -> None:
    limits = {"maximum_days": 365, "extensions": extensions, "maximum_extensions": 2}
    if refusal is None:
        rules.check_extension(days, additional, **limits)
    else:
        with pytest.raises(refusal):
            rules.check_extension(days, additional, **limits)


def test_the_replacement_window_begins_with_the_failure() -> None:
    assert rules.replacement_window_end(date(2026, 12, 4), 30) == date(2027, 1, 3)


FAILED = Side(uuid.UUID(int=1), uuid.UUID(int=10), uuid.UUID(int=20), NOON, S.FAILED, None)
OTHER = replace(FAILED, id=uuid.UUID(int=2), hired_at=NOON + timedelta(seconds=1), state=S.HIRED)


@pytest.mark.parametrize(
    ("other", "ancestors", "words"),
    [
        (OTHER, [], None),
        (replace(OTHER, state=S.ACTIVE), [7], None),
        (replace(OTHER, state=S.COMPLETED), [], "hired or active"),
        (FAILED, [], "itself"),
        (OTHER, [2], "already been replaced by this one"),
        (replace(OTHER, company_id=uuid.UUID(int=11)), [], "same job"),
        (replace(OTHER, job_id=uuid.UUID(int=21)), [], "same job"),
        (replace(OTHER, hired_at=NOON), [], "made after"),
        (replace(OTHER, state=S.FAILED), [], "hired or active"),
        (replace(OTHER, replaces_id=uuid.UUID(int=3)), [], "replaces another"),
    ],
)
def test_which_placement_may_replace_another(other: Side, ancestors: list[int], words: str | None) -> None:
    refusal = rules.link_refusal(FAILED, other, frozenset(uuid.UUID(int=n) for n in ancestors))
    assert refusal is None if words is None else words in str(refusal)


GRACE_END = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("state", "waived", "today", "may"),
    [
        (S.ACTIVE, False, date(2027, 1, 1), True),
        (S.COMPLETED, False, GRACE_END, True),
        (S.COMPLETED, False, date(2026, 11, 30), False),
        (S.COMPLETED, True, GRACE_END, False),
    ],
)
def test_a_completed_placement_fails_only_in_its_days_of_grace(state: S, waived: bool, today: date, may: bool) -> None:
    last = rules.last_day_to_report(date(2026, 11, 24), 5)
    assert last == GRACE_END
    assert rules.may_still_fail(state, waived=waived, last_to_report=last, today=today) is may


@pytest.mark.parametrize(
    ("last_day", "today", "field"),
    [
        (date(2026, 11, 1), date(2026, 11, 24), None),
        (date(2026, 11, 24), date(2026, 11, 24), None),
        (date(2026, 10, 31), date(2026, 11, 24), "last_day_worked"),
        (date(2026, 11, 25), date(2026, 11, 24), "last_day_worked"),
        (date(2026, 10, 20), date(2026, 10, 20), "last_day_worked"),
    ],
)
def test_the_last_day_worked_lies_between_the_start_and_today(last_day: date, today: date, field: str | None) -> None:
    if field is None:
        rules.check_last_day(last_day, date(2026, 11, 1), today)
        return
    with pytest.raises(InvalidInput) as refused:
        rules.check_last_day(last_day, date(2026, 11, 1), today)
    assert list(refused.value.fields) == [field]
