"""Saved views: the filters and the order of a list that a person keeps under a name (ADR 0055)."""

from __future__ import annotations

MOST = 12  # of a person, for one list and organization
NAME, QUERY = 40, 1_000
