"""Corrections of a hire (money.md §9): what it was recorded with, and what differs when it is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.domain.errors import Conflict
from portal.domain.placements import CORRECTABLE, MACHINE


@dataclass(frozen=True, slots=True)
class Figures:
    """What a hire was recorded with: minor units, basis points, a calendar day. `fee_bp` is None for a flat fee."""

    salary_minor: int
    guaranteed_bonus_minor: int | None
    fee_bp: int | None
    fee_minor: int
    platform_fee_minor: int
    start_date: date | None

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "start_date": self.start_date and self.start_date.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figures:
        start = stored["start_date"]
        return cls(**{**stored, "start_date": start and date.fromisoformat(start)})

    @property
    def pool_minor(self) -> int:
        return self.fee_minor - self.platform_fee_minor

    @property
    def fee_kind(self) -> tuple[int | None, int]:
        """Return what tells whether another fee was agreed: the percentage, or the flat amount."""
        return self.fee_bp, 0 if self.fee_bp is not None else self.fee_minor


def of_stored(stored: Mapping[str, Any]) -> tuple[Figures, Figures]:
    """Read the figures of a correction before and after."""
    return Figures.from_json(stored["before"]), Figures.from_json(stored["after"])


def check_state(state: str) -> None:
    """Refuse to correct what has failed or was undone.

    Raises:
        Conflict: nothing of it is paid any more as it was recorded.
    """
    if state not in CORRECTABLE:
        raise Conflict(str(MACHINE.refusal(state, "corrected", "correct")), code="NOT_CORRECTABLE")
