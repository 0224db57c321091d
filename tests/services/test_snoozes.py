"""Snoozing rows of the work queue: for one person, for a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.queries import work_queue
from portal.runtime.clock import simulated
from portal.services import proposals, snoozes
from tests.cast import DAY, Cast, Person
from tests.marketplace import later, proposed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


def groups(cast: Cast, who: Person) -> list[str]:
    return [str(group) for group, _ in work_queue.queue(cast.actor(who)).groups]


def test_a_row_is_put_off_for_one_person_and_comes_back(cast: Cast) -> None:
    one, hana = proposed(cast), cast.actor(cast.hana)
    for span in ("next_week", "tomorrow"):  # the later choice applies
        back = snoozes.snooze("decide", one, actor=hana, span=span)
    assert (groups(cast, cast.hana), groups(cast, cast.carl)) == (["Snoozed"], ["Coming up"])
    assert work_queue.queue(hana).mine == 0
    with simulated(back):
        assert groups(cast, cast.hana) == ["This week"]


def test_what_becomes_due_within_a_day_is_back(cast: Cast) -> None:
    one = proposed(cast)
    with simulated(later(days=5, hours=20)):
        snoozes.snooze("decide", one, actor=cast.actor(cast.hana), span="next_week")
        assert groups(cast, cast.hana) == ["Snoozed"]
    with simulated(later(days=6, hours=1)):
        assert groups(cast, cast.hana) == ["Now"]
        with pytest.raises(Conflict, match="stays in your queue"):
            snoozes.snooze("decide", one, actor=cast.actor(cast.hana), span="tomorrow")


def test_a_row_is_shown_again_before_its_time(cast: Cast) -> None:
    one, hana = proposed(cast), cast.actor(cast.hana)
    snoozes.snooze("decide", one, actor=hana, span="tomorrow")
    snoozes.wake("decide", one, actor=hana)
    assert groups(cast, cast.hana) == ["Coming up"]


def test_news_about_a_row_bring_it_back(cast: Cast) -> None:
    one, hana, rita = proposed(cast), cast.actor(cast.hana), cast.actor(cast.rita)
    first = proposals.ask(one, actor=hana, question="When could she start?")
    snoozes.snooze("question", one, actor=rita, span="tomorrow")
    snoozes.snooze("decide", one, actor=hana, span="tomorrow")
    proposals.ask(one, actor=cast.actor(cast.carl), question="And where?")
    assert (groups(cast, cast.rita), groups(cast, cast.hana)) == (["Coming up"], ["Snoozed"])
    proposals.answer(first, actor=rita, answer="In May.")
    assert groups(cast, cast.hana) == ["Coming up"]


def test_only_rows_of_the_own_queue_are_put_off_for_a_span_that_there_is(cast: Cast) -> None:
    one, zoe = proposed(cast), cast.actor(cast.zoe)
    for kind, subject in (("decide", one), ("boss", one), ("decide", uuid.uuid4())):
        for command in (snoozes.snooze, snoozes.wake):
            with pytest.raises(NotFound):
                command(kind, subject, actor=zoe, **({"span": "tomorrow"} if command is snoozes.snooze else {}))
    with pytest.raises(InvalidInput):
        snoozes.snooze("decide", one, actor=cast.actor(cast.hana), span="for ever")
