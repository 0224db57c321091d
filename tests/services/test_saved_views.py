"""Saved views belong to a person who acts for an organization."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.errors import NotPermitted
from portal.services import saved_views
from tests.cast import Cast


def test_whoever_acts_for_nobody_saves_none(cast: Cast) -> None:
    with pytest.raises(NotPermitted, match="Choose an organization"):
        saved_views.save(
            actor=replace(cast.actor(cast.rita), organisation_id=None), path="/jobs", query="q=1", name="A"
        )
