"""The cast can act."""

from __future__ import annotations

from portal.domain.permissions import Role
from tests.cast import Cast


def test_the_cast_acts_for_its_organisations(cast: Cast) -> None:
    assert cast.actor(cast.rita).recruiter_active
    assert cast.actor(cast.carl).roles == {Role.COMPANY_ADMIN}
    assert cast.actor(cast.hana).organisation_id == cast.acme


def test_a_stranger_is_sent_to_the_sign_in_page(cast: Cast) -> None:
    assert cast.client().get("/healthz").json == {"status": "ok"}
    assert cast.client().get("/readyz").json["status"] in {"ok", "degraded"}
