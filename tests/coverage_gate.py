"""Refuse a test run that leaves rules unproven: every line and branch of domain and services.

`make coverage` measures the tests of the rules alone (tests/conftest.py). `make coverage-all` measures all tests, and
holds nine tenths of the rest too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMPLETE = ("portal/domain/", "portal/services/")
REST_PERCENT = 90.0
# Gaps of the rules that came with money and imports, some of which only races take: the number may only fall.
GAPS_LEFT = 70


def main(report: str, gaps_left: int = GAPS_LEFT, *, rest: bool = False) -> int:
    """Print what lacks coverage and return the exit code."""
    files: dict[str, Any] = json.loads(Path(report).read_text())["files"]
    gaps = [line for name, data in sorted(files.items()) if name.startswith(COMPLETE) for line in _gaps(name, data)]
    for line in gaps:
        print(f"not covered: {line}")
    print(f"coverage of domain and services: {f'{len(gaps)} gaps' if gaps else 'all'}")
    enough = not rest or _enough(
        {name: data["summary"] for name, data in files.items() if not name.startswith(COMPLETE)}
    )
    return 0 if enough and len(gaps) <= gaps_left else 1


def _enough(rest: Mapping[str, Mapping[str, int]]) -> bool:
    """Print how much of the rest was reached and return whether that suffices."""
    lines = _percent(rest, "covered_lines", "num_statements")
    branches = _percent(rest, "covered_branches", "num_branches")
    enough = min(lines, branches) >= REST_PERCENT
    if not enough:
        _print_worst(rest)
    print(f"coverage of the rest: {lines:.1f} % of lines, {branches:.1f} % of branches")
    return enough


def _gaps(name: str, data: Mapping[str, Any]) -> list[str]:
    """Return each line and each branch of one file that no test took."""
    lines = [f"{name}:{line}" for line in data["missing_lines"]]
    branches = [f"{name}:{start} never goes to {_target(end)}" for start, end in data.get("missing_branches", [])]
    return lines + branches


def _target(line: int) -> str:
    """Return where a branch would have gone; coverage marks the way out of a function with a negative line."""
    return f"line {line}" if line > 0 else "the end"


def _percent(files: Mapping[str, Mapping[str, int]], covered: str, total: str) -> float:
    """Return the share of a count over all files, in percent."""
    possible = sum(summary[total] for summary in files.values())
    return 100.0 * sum(summary[covered] for summary in files.values()) / possible if possible else 100.0


def _print_worst(files: Mapping[str, Mapping[str, int]]) -> None:
    """Print the files that miss most, so that one knows where to begin."""
    missing = {name: s["missing_lines"] + s["missing_branches"] for name, s in files.items()}
    for name in sorted(missing, key=lambda n: -missing[n])[:15]:
        print(f"missing {missing[name]:4d} lines and branches: {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], rest="--rest" in sys.argv))
