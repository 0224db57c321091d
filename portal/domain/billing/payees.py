"""Payees (money.md §9): where a recruiter's payouts go, and when new details can be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.billing.payouts import Waiting
from portal.domain.times import write_day

WAIT = timedelta(hours=72)  # so that whoever takes over an account can't redirect the next run


class LegalForm(StrEnum):
    """Who the payouts belong to."""

    PERSON = "person"
    AGENCY = "agency"


LEGAL_FORM_LABELS = {LegalForm.PERSON: "I’m paid personally", LegalForm.AGENCY: "My agency is paid"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its IBAN, or by its number at a bank of a country; and the payee's tax id."""

    iban: str = ""
    country: str = ""
    account_number: str = ""
    bank_code: str = ""
    bic: str = ""
    tax_id: str = ""

    @property
    def masked(self) -> str:
        """Return what pages show of it: the country and the last four characters."""
        return f"{self.iban[:2] or self.country} •••• {(self.iban or self.account_number)[-4:]}"


def usable_at(changed_at: datetime) -> datetime:
    """Return the time from which payouts go to details changed at a given time."""
    return changed_at + WAIT


def obstacle(changed_at: datetime | None, *, is_active: bool, now: datetime) -> Waiting | None:
    """Return what keeps a recruiter from being paid now, and until when, or None."""
    if not is_active:
        return Waiting("the recruiter’s account is not active", None)
    if changed_at is None:
        return Waiting("bank details are missing", None)
    usable = usable_at(changed_at)
    if usable > now:
        return Waiting(f"new bank details can be used from {write_day(usable.date())}", usable.date())
    return None
