"""The profile of a recruiter: who changes what."""

from __future__ import annotations

import uuid

import pytest

from portal.domain.errors import InvalidInput, NotFound, NotPermitted
from portal.queries.reputation import reputation
from portal.services import recruiters
from tests.accounts import written
from tests.cast import Cast


def test_a_recruiter_writes_the_own_text(cast: Cast) -> None:
    actor = cast.actor(cast.rita)
    assert actor.recruiter_id is not None
    for _ in range(2):
        recruiters.change(actor.recruiter_id, actor=actor, bio="Finds engineers.\r\nIn Berlin.")
    assert reputation.profile(actor.recruiter_id, viewer=actor).bio == "Finds engineers.\nIn Berlin."
    assert [event["changed"] for event in written("user.profile_changed")] == [["bio"]]


def test_the_platform_changes_the_status(cast: Cast) -> None:
    pia, rita = cast.actor(cast.pia), cast.rita.recruiter_id
    assert rita is not None
    for _ in range(2):
        recruiters.change(rita, actor=pia, status="suspended")
    assert not cast.actor(cast.rita).recruiter_active
    assert [(e["old"], e["new"]) for e in written("recruiter.status_changed")] == [("active", "suspended")]


@pytest.mark.parametrize("change", [{"status": "active"}, {"bio": "Me", "status": "active"}])
def test_nobody_changes_the_own_status(cast: Cast, change: dict[str, str]) -> None:
    actor = cast.actor(cast.rita)
    assert actor.recruiter_id is not None
    with pytest.raises(NotPermitted):
        recruiters.change(actor.recruiter_id, actor=actor, **change)


def test_somebody_else_s_profile_and_an_unknown_one(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    for person in (cast.omar, cast.carl, cast.hana, cast.zoe):
        with pytest.raises(NotPermitted):
            recruiters.change(cast.rita.recruiter_id, actor=cast.actor(person), bio="Mine")
    with pytest.raises(NotFound):
        recruiters.change(uuid.uuid4(), actor=cast.actor(cast.pia), bio="Nobody's")


@pytest.mark.parametrize("change", [{"bio": "x" * 2_001}, {"bio": "a\0b"}, {"status": "famous"}])
def test_what_cannot_be_is_refused(cast: Cast, change: dict[str, str]) -> None:
    assert cast.rita.recruiter_id is not None
    with pytest.raises(InvalidInput):
        recruiters.change(cast.rita.recruiter_id, actor=cast.actor(cast.pia), **change)
