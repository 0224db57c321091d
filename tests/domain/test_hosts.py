"""Hosts in a text, and what only looks like one."""

from __future__ import annotations

import pytest

from portal.domain.hosts import hosts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ltb。dev today", ["ltb。dev"]),
        ("the end。nonsenseword follows", []),
        ("see www ltb dev", ["www ltb dev"]),
        ("ltb dot dev", ["ltb dot dev"]),
        ("the dot nonsenseword", []),
    ],
)
def test_hosts_end_as_hosts_do(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in hosts(text)] == found
