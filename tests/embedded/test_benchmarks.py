"""Every benchmark runs to its end on a little data: a page or a server that it can't reach gives no figure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
ONCE = ["--rounds=1", "--calls=1"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pages", ["--scale=0.002", "--seconds=0.1", "--reading", *ONCE]),
        ("api", ["--scale=0.01", *ONCE]),
        ("growth", ["--scale=0.0005", *ONCE]),
        ("jobs", ["--rounds=1"]),
        ("reputation", ["--scale=0.001", "--rounds=1"]),
        ("money", ["--scale=0.01"]),
    ],
)
def test_a_benchmark_measures(name: str, arguments: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "(at " in run.stdout
