"""Hosts in a text, and what only looks like one."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize(
    "text", ["-kodeking dot dev", "x--kodeking dot dev", "(-kodekingdotdev)", "-kodeking (dot) dev"]
)
def test_a_host_behind_a_hyphen_is_one(text: str) -> None:
    assert [text[start:end] for start, end in hosts(text)] == [text.strip("()") if text[0] == "(" else text]


def test_a_word_behind_a_hyphen_is_none() -> None:
    assert not list(hosts("-antidotes and anti-dotes"))


@pytest.mark.parametrize("part", ["a-", "a--", "é-", "a_-"])
def test_a_row_of_hyphens_is_read_as_fast_as_prose(part: str) -> None:
    begun = time.process_time()
    assert not list(hosts(part * (10_000 // len(part))))
    assert time.process_time() - begun < 1  # when each hyphen began a host of its own, four times as long
