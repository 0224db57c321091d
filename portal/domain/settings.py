"""What can be set: the platform's limits and windows, the terms of the guarantee, and their bounds (domain.md §1–4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from portal.domain import people
from portal.domain.billing import runs
from portal.domain.errors import InvalidInput
from portal.domain.placements import GuaranteeTerms


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number is called, and its lowest and highest value."""

    label: str
    least: int
    most: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PlatformLimits:
    """The platform's settings; windows are in days, counts per the period in their name.

    On the `payout_days` of each month the platform pays what is due. In its `time_zone` it counts the days of
    documents, statements and years (money.md §9), and its own deadlines in disputes.
    """

    protection_days: int = 365
    proposal_days: int = 7
    outreach_per_day: int = 50
    outreach_per_candidate_week: int = 3
    checks_per_hour: int = 60
    mails_per_hour: int = 30
    payout_days: tuple[int, ...] = (1,)
    time_zone: str = "UTC"


PLATFORM_BOUNDS: dict[str, Bounds] = {
    "protection_days": Bounds("Candidate protection (days)", 1, 3650, "Applied to new claims."),
    "proposal_days": Bounds("Time to decide on a proposal (days)", 1, 365, "Jobs can override this."),
    "outreach_per_day": Bounds("Daily outreach limit per recruiter", 0, 10_000),
    "outreach_per_candidate_week": Bounds("Weekly outreach limit per candidate", 0, 1_000),
    "checks_per_hour": Bounds("Hourly check limit per recruiter", 0, 10_000),
    "mails_per_hour": Bounds("Hourly email limit per person", 1, 1_000, "Anything over it goes into a digest."),
}
GUARANTEE_BOUNDS: dict[str, Bounds] = {
    "default_days": Bounds("Guarantee (days)", 0, 1095, "Applies to new proposals."),
    "minimum_days": Bounds("Minimum guarantee (days)", 0, 1095),
    "maximum_days": Bounds("Maximum guarantee (days)", 0, 1095, "Including extensions."),
    "maximum_extensions": Bounds("Extensions allowed", 0, 20),
    "replacement_window_days": Bounds("Time to deliver a replacement (days)", 0, 365, "Counted from the failure date."),
}
LABELS = {
    **{name: bound.label for name, bound in {**PLATFORM_BOUNDS, **GUARANTEE_BOUNDS}.items()},
    "payout_days": "Payout runs (days of the month)",
    "time_zone": "Time zone",
    "notice_days": "Expiry reminders (days before)",
    "automatic_completion": "Auto-complete when the guarantee ends",
    "own_terms": "Custom terms",
}
NOTICES_MOST, NOTICE_DAYS_MOST = 10, 365


def check_limits(limits: PlatformLimits) -> None:
    """Refuse platform settings outside their bounds."""
    wrong = _outside(PLATFORM_BOUNDS, limits)
    if not runs.are_payout_days(limits.payout_days):
        last = runs.LAST_PAYOUT_DAY
        wrong["payout_days"] = f"Enter one or more different days from 1 to {last}, so that every month has them."
    _refuse(wrong)
    people.time_zone(limits.time_zone)


def check_terms(terms: GuaranteeTerms) -> None:
    """Refuse guarantee terms outside their bounds or at odds with each other."""
    wrong = _outside(GUARANTEE_BOUNDS, terms)
    if not wrong and terms.minimum_days > terms.default_days:
        wrong["minimum_days"] = f"The minimum can’t exceed the default of {terms.default_days} days."
    if not wrong and terms.default_days > terms.maximum_days:
        wrong["maximum_days"] = f"The maximum can’t be below the default of {terms.default_days} days."
    if len(terms.notice_days) > NOTICES_MOST or len(set(terms.notice_days)) != len(terms.notice_days):
        wrong["notice_days"] = f"Enter at most {NOTICES_MOST} different numbers of days."
    elif any(not 1 <= day <= NOTICE_DAYS_MOST for day in terms.notice_days):
        wrong["notice_days"] = f"Each reminder must be 1 to {NOTICE_DAYS_MOST} days before the end."
    _refuse(wrong)


def differences(
    old: PlatformLimits | GuaranteeTerms, new: PlatformLimits | GuaranteeTerms
) -> dict[str, tuple[str, str]]:
    """Return the old and new values that differ, by name, as people read them."""
    before, after = asdict(old), asdict(new)
    return {name: (as_words(before[name]), as_words(after[name])) for name in after if before[name] != after[name]}


def as_words(value: object) -> str:
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value) or "none"
    return str(value)


def _outside(bounds: dict[str, Bounds], values: object) -> dict[str, str]:
    return {
        name: f"Enter a whole number from {bound.least:,} to {bound.most:,}."
        for name, bound in bounds.items()
        if not bound.least <= getattr(values, name) <= bound.most
    }


def _refuse(wrong: dict[str, str]) -> None:
    if wrong:
        raise InvalidInput("Some values are out of range.", fields=wrong)
