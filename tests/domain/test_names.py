"""Names that people write in many ways are found by one form (domain.md §2)."""

from __future__ import annotations

import pytest

from portal.domain.names import fold, readings


@pytest.mark.parametrize(
    ("name", "plain", "transcribed"),
    [
        ("Müller", "muller", "mueller"),
        ("Bjørn Ångström", "bjorn angstrom", "bjoern aangstroem"),
        ("Ǿrsted", "orsted", "oersted"),
        ("Ǽlfred", "aelfred", "aelfred"),
        ("김민준", "김민준", "김민준"),
        ("O’Brien", "o'brien", "o'brien"),
        ("O`Brien", "o'brien", "o'brien"),
        ("Ma\u200bya\u0007", "maya", "maya"),
    ],
)
def test_a_name_is_folded(name: str, plain: str, transcribed: str) -> None:
    assert (fold(name), fold(name, transcribed=True)) == (plain, transcribed)


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("Дмитрий", {"dmitriy", "dmitry", "dmitri"}),
        ("Юлия", {"yuliya", "yulia", "julia"}),
        ("Сергей", {"sergey", "sergei"}),
        ("Татьяна", {"tatyana", "tatjana"}),
        ("Παπαδόπουλος", {"papadopoylos", "papadopoulos"}),
        ("김민준", {"gim", "kim", "minjun"}),
        ("이서연", {"lee", "yi", "seoyeon"}),
        ("박하늘", {"park", "haneul"}),
        ("王小明", {"wang", "xiaoming"}),
    ],
)
def test_a_name_is_read_in_the_ways_that_people_write_it(name: str, ways: set[str]) -> None:
    assert ways <= readings(name)
