"""Who owns a candidate, and until when (domain.md §2)."""

from __future__ import annotations

from datetime import timedelta

from portal.clock import simulated
from portal.services import candidates, ownership
from portal.services.contacts import CandidateInput
from tests.cast import DAY, Cast

MAYA = CandidateInput(full_name="Maya Okafor", email="maya@example.com")


def test_the_first_valid_sourcer_owns_the_credit_for_365_days(cast: Cast) -> None:
    with simulated(DAY):
        maya = candidates.add(actor=cast.actor(cast.rita), input=MAYA)
        claim = ownership.claim(maya, actor=cast.actor(cast.rita), source_method="linkedin")
    assert claim.created
    assert claim.protection_expires_at == DAY + timedelta(days=365)
