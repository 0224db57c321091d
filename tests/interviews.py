"""Interviews for tests, made as people make them: through the service."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from portal.domain.interviews import Appointment
from portal.services import interviews
from tests.cast import DAY, Cast

TOMORROW = DAY + timedelta(days=1)
AFTER = TOMORROW + timedelta(hours=2)  # an interview of tomorrow is over


def appointment(starts_at: datetime = TOMORROW, **said: Any) -> Appointment:
    """Return an appointment of tomorrow for a technical interview."""
    return Appointment(**{"stage": "Technical", "starts_at": starts_at, **said})


def scheduled(cast: Cast, proposal_id: uuid.UUID, starts_at: datetime = TOMORROW, **said: Any) -> uuid.UUID:
    """Schedule an interview as hana."""
    return interviews.schedule(proposal_id, actor=cast.actor(cast.hana), input=appointment(starts_at, **said))
