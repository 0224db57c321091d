"""A part that dies is started again after a pause, and the person at the terminal is told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.launcher import children
from portal.launcher.children import Child

MakeChild = Callable[[str], Child]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make_child(tmp_path: Path, said: list[str]) -> Iterator[MakeChild]:
    made: list[Child] = []

    def make(code: str) -> Child:
        child = Child("worker", [sys.executable, "-S", "-c", code], os.environ, tmp_path, tmp_path, said.append)
        made.append(child)
        return child

    yield make
    for child in made:
        child.stop()


def wait_for_death(child: Child) -> None:
    assert child.process is not None
    child.process.wait(10)


def test_a_child_that_lives_is_left_alone(make_child: MakeChild, said: list[str]) -> None:
    child = make_child("input()")
    child.start()
    child.revive()
    assert said == []


def test_a_child_that_was_never_started_is_left_alone(make_child: MakeChild, said: list[str]) -> None:
    make_child("").revive()
    assert said == []


def test_a_child_that_dies_is_announced_and_starts_again(make_child: MakeChild, said: list[str]) -> None:
    child = make_child("raise SystemExit(3)")
    child.start()
    first = child.process
    wait_for_death(child)
    child.revive()
    assert said == [f"worker stopped (exit code 3); it starts again in 2 s. Log: {child.log}"]
    child.revive()
    assert child.process is first
    time.sleep(2)
    child.revive()
    assert child.process is not first


def test_the_pause_doubles_up_to_half_a_minute(make_child: MakeChild, said: list[str]) -> None:
    child = make_child("")
    for _ in range(6):
        child.start()
        wait_for_death(child)
        child.revive()
    assert [line.split(" in ")[1].split(".")[0] for line in said] == ["2 s", "4 s", "8 s", "16 s", "30 s", "30 s"]


def test_a_child_that_ran_steadily_starts_again_soon(
    make_child: MakeChild, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STEADY_SECONDS", 0.0)
    child = make_child("import os; os.kill(os.getpid(), 9)")
    child.start()
    wait_for_death(child)
    child.revive()
    assert said == [f"worker stopped (signal SIGKILL); it starts again in 1 s. Log: {child.log}"]


def test_the_output_is_added_to_the_log_and_a_long_log_is_put_aside(make_child: MakeChild) -> None:
    child = make_child("print('line')")
    for _ in range(2):
        child.start()
        wait_for_death(child)
    assert child.log.read_text() == "line\nline\n"
    os.truncate(child.log, children.LOG_BYTES + 1)
    child.start()
    wait_for_death(child)
    assert child.log.read_text() == "line\n"
    assert child.log.with_name("worker.log.1").exists()
