"""Ids sort by time, and by the order in which they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.ids import lowest_id, new_id, written_id

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_id(NOON)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_sort_by_time() -> None:
    later = [new_id(NOON + timedelta(milliseconds=n)) for n in range(50)]
    assert later == sorted(later)


def test_ids_of_one_millisecond_keep_their_order() -> None:
    made = [new_id(NOON) for _ in range(500)]
    assert made == sorted(made)
    assert len(set(made)) == 500


def test_many_ids_of_one_millisecond_keep_their_order() -> None:
    made = [new_id(NOON) for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == 10_000


def test_ids_of_transactions_side_by_side_keep_their_order() -> None:
    slow, quick = NOON, NOON + timedelta(milliseconds=1)
    turns = [(new_id(slow), new_id(quick)) for _ in range(50)]
    assert [one for one, _ in turns] == sorted(one for one, _ in turns)
    assert [one for _, one in turns] == sorted(one for _, one in turns)


@pytest.mark.parametrize("year", [1, 1700, 1969])
def test_no_id_is_older_than_1970(year: int) -> None:
    assert lowest_id(datetime(year, 1, 1, tzinfo=UTC)) < new_id(datetime(1970, 1, 1, tzinfo=UTC))


def test_the_lowest_id_of_a_time_is_below_all_made_then() -> None:
    assert new_id(NOON - timedelta(milliseconds=1)) < lowest_id(NOON) <= new_id(NOON)


def test_an_id_is_written_in_one_way() -> None:
    made = new_id(NOON)
    assert written_id(str(made)) == written_id(str(made).upper()) == made
    for text in ("", made.hex, f"{{{made}}}", f"urn:uuid:{made}", f" {made}", f"{made}\n", str(made).replace("0", "٠")):
        with pytest.raises(ValueError, match="no id"):
            written_id(text)
