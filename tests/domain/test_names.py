"""Names that people write in many ways are found by one form (domain.md §2)."""

from __future__ import annotations

import pytest

from portal.domain.names import fold


@pytest.mark.parametrize(
    ("name", "plain", "transcribed"),
    [
        ("Müller", "muller", "mueller"),
        ("Bjørn Ångström", "bjorn angstrom", "bjoern aangstroem"),
        ("Ǿrsted", "orsted", "oersted"),
        ("Ǽlfred", "aelfred", "aelfred"),
        ("김민준", "김민준", "김민준"),
        ("O’Brien", "o'brien", "o'brien"),
        ("Ma\u200bya\u0007", "maya", "maya"),
    ],
)
def test_a_name_is_folded(name: str, plain: str, transcribed: str) -> None:
    assert (fold(name), fold(name, transcribed=True)) == (plain, transcribed)
