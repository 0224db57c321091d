"""docs/permissions.md tells what the code does."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.api.permission_table import render

COMMITTED = Path(__file__).parent.parent.parent / "docs" / "permissions.md"


def test_the_committed_matrix_is_fresh(app: Flask, context: None) -> None:
    fresh = render(app)
    assert COMMITTED.read_text(encoding="utf-8") == fresh, "run: make docs"
