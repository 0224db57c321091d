"""The gate lets no untested rule pass, and says where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.coverage_gate import main


def report(path: Path, **files: tuple[list[int], list[list[int]], int]) -> str:
    """Write a report of files with 10 lines and 10 branches: missing lines, missing branches, and their count."""
    summaries = {
        f"portal/{name.replace('__', '/')}.py": {
            "missing_lines": lines,
            "missing_branches": branches,
            "summary": {
                "num_statements": 10,
                "covered_lines": 10 - len(lines),
                "num_branches": 10,
                "covered_branches": 10 - missing,
                "missing_lines": len(lines),
                "missing_branches": missing,
            },
        }
        for name, (lines, branches, missing) in files.items()
    }
    path.write_text(json.dumps({"files": summaries}))
    return str(path)


def test_complete_rules_and_nine_tenths_of_the_rest_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(report(tmp_path / "r.json", domain__money=([], [], 0), app=([3], [[4, 5]], 1)), rest=True) == 0
    assert capsys.readouterr().out.splitlines() == [
        "coverage of domain and services: all",
        "coverage of the rest: 90.0 % of lines, 90.0 % of branches",
    ]


def test_one_untaken_branch_of_a_service_is_refused_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(tmp_path / "r.json", services__proposals=([7], [[4, 5], [6, -1]], 2), app=([], [], 0))
    assert main(found, gaps_left=2) == 1
    assert capsys.readouterr().out.splitlines() == [
        "not covered: portal/services/proposals.py:7",
        "not covered: portal/services/proposals.py:4 never goes to line 5",
        "not covered: portal/services/proposals.py:6 never goes to the end",
        "coverage of domain and services: 3 gaps",
    ]


def test_too_few_branches_of_the_rest_are_refused_though_every_line_ran(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(tmp_path / "r.json", domain__money=([], [], 0), app=([], [[4, 5], [6, 7]], 2))
    assert main(found, rest=True) == 1
    assert "missing    2 lines and branches: portal/app.py" in capsys.readouterr().out


def test_the_rest_is_not_judged_by_the_tests_of_the_rules(tmp_path: Path) -> None:
    found = report(tmp_path / "r.json", domain__money=([], [], 0), app=([3, 4, 5], [[4, 5], [6, 7]], 2))
    assert main(found) == 0
