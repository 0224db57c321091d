"""Terms (money.md §1): what is charged, when it is paid out, and what happens when somebody leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from portal.domain import money
from portal.domain.errors import InvalidInput
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason

MOST_INSTALMENTS = 6
MOST_STEPS = 6
MOST_PAYMENT_DAYS = 180
MOST_GUARANTEE_DAYS = 1095
MOST_DAYS = 365
RESTRICTIONS_LENGTH = 4_000


class FeeBase(StrEnum):
    """What the percentage is based on."""

    SALARY = "salary"
    SALARY_AND_BONUS = "salary_and_guaranteed_bonus"


class PayoutSchedule(StrEnum):
    """When the shares are paid out."""

    AFTER_GUARANTEE = "after_guarantee"
    WHEN_PAID = "when_paid"
    INSTALMENTS = "instalments"


class Remedy(StrEnum):
    """What the company gets if the placement fails during its guarantee."""

    REPLACEMENT_FIRST = "replacement_first"
    FULL_REFUND = "full_refund"
    PRO_RATA = "pro_rata"
    STEPS = "steps"
    REPLACEMENT_ONLY = "replacement_only"
    NONE = "none"


WITH_REPLACEMENT = (Remedy.REPLACEMENT_FIRST, Remedy.REPLACEMENT_ONLY)
Rows = tuple[tuple[int, int], ...]
AMOUNTS = ("flat_fee_minor", "minimum_fee_minor")
FLAT_FEE_ALONE = "A flat fee rules out a percentage and a minimum; leave those blank."
OF_THE_FEE = frozenset({"fee_bp", *AMOUNTS, "base", "currency"})
NEVER = "never"  # stored where a scope sets no days against a wider scope that sets some
VOID_DAYS = ("void_unpaid_days", "void_reported_days")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one placement; days are calendar days, shares basis points, amounts minor units.

    `fee_bp` None stands for the job's percentage, until the terms are frozen with it.
    """

    currency: str = "USD"
    fee_bp: int | None = None
    flat_fee_minor: int | None = None
    minimum_fee_minor: int | None = None
    base: str = FeeBase.SALARY
    platform_bp: int = 0
    tax_bp: int = 0
    tax_label: str = "VAT"
    payment_days: int = 30
    payout_schedule: str = PayoutSchedule.AFTER_GUARANTEE
    instalments: Rows = ()  # basis points of the share, day of the guarantee
    guarantee_days: int = 90
    replacement_window_days: int = 30
    report_grace_days: int = 5
    remedy: str = Remedy.REPLACEMENT_FIRST
    steps: Rows = ()  # until this day, basis points of the fee that go back
    void_unpaid_days: int | None = None
    void_reasons: tuple[str, ...] = (FailureReason.LAYOFF, FailureReason.ROLE_CHANGED)
    void_reported_days: int | None = None
    restrictions: str = ""

    def as_json(self) -> dict[str, object]:
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Terms:
        """Read stored terms; what is not stored has its default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: _read(name, value) for name, value in stored.items() if name in known})

    @property
    def version(self) -> str:
        """Return what tells these terms from any others: a digest over all of them."""
        written = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    @property
    def pays_after_guarantee(self) -> bool:
        """Return whether payouts wait for the end of the guarantee, and so for that of an extension agreed to."""
        return self.payout_schedule == PayoutSchedule.AFTER_GUARANTEE

    @property
    def payout_steps(self) -> tuple[tuple[int, int | None], ...]:
        """Return the schedule as cumulative basis points with the guarantee's day, None where no day is meant."""
        if self.payout_schedule != PayoutSchedule.INSTALMENTS:
            return ((money.WHOLE_BP, None),)
        reached, steps = 0, list[tuple[int, int | None]]()
        for bp, day in self.instalments:
            reached += bp
            steps.append((reached, day))
        return tuple(steps)


_LISTS = {"instalments", "steps"}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _read(name: str, value: Any) -> Any:
    if (name in VOID_DAYS and value == NEVER) or (name == "minimum_fee_minor" and value == 0):
        return None
    if name in _LISTS:
        return tuple((int(first), int(second)) for first, second in value)
    return tuple(value) if name == "void_reasons" else value


def merged(layers: Mapping[str, Mapping[str, Any]]) -> tuple[Terms, dict[str, str]]:
    """Merge what each scope sets, the widest first, and say which scope each field comes from."""
    values: dict[str, Any] = {}
    origin = {field.name: "default" for field in fields(Terms)}
    for scope, stored in layers.items():
        for name in stored.keys() & origin.keys():
            values[name], origin[name] = stored[name], scope
        if stored.get("flat_fee_minor") is not None:  # a nearer flat fee excludes a wider percentage, and back
            values["fee_bp"] = values["minimum_fee_minor"] = None
        elif stored.get("fee_bp") is not None:
            values["flat_fee_minor"] = None
    return Terms.from_json(values), origin


def in_currency(stored: Mapping[str, Any], currency: str | None) -> Mapping[str, Any]:
    """Return what is set without its amounts when they are in another currency than the job's (money.md §9)."""
    if currency is None or stored.get("currency", currency) == currency:
        return stored
    return {name: value for name, value in stored.items() if name not in AMOUNTS}


def kept_by(stored: Mapping[str, Any], *, currency: str, fee_bp: int) -> Terms:
    """Return the terms that a proposal keeps; the oldest have no fee, and take that of their job."""
    kept = Terms.from_json({"currency": currency, **stored})
    return kept if kept.fee_bp is not None or kept.flat_fee_minor is not None else replace(kept, fee_bp=fee_bp)


def of_hire(stored: Mapping[str, Any], *, currency: str, fee_bp: int | None, fee_minor: int) -> Terms:
    """Return the terms that a placement keeps; the oldest have no fee, and take that of the hire."""
    kept = Terms.from_json({"currency": currency, **stored})
    if kept.fee_bp is not None or kept.flat_fee_minor is not None:
        return kept
    return with_fee(kept, fee_bp=fee_bp, flat_fee_minor=fee_minor if fee_bp is None else None)


def of_job(terms: Terms, *, currency: str, fee_bp: int) -> Terms:
    """Return terms as a job has them: in its currency, and with its percentage where they set no fee."""
    sets_fee = terms.fee_bp is not None or terms.flat_fee_minor is not None
    return replace(terms, currency=currency, fee_bp=terms.fee_bp if sets_fee else fee_bp)


def offered(terms: Terms, *, currency: str, fee_bp: int, guarantee_days: int, replacement_window_days: int) -> Terms:
    """Return the terms under which one proposes for a job: with its percentage and its guarantee filled in."""
    whole = replace(
        of_job(terms, currency=currency, fee_bp=fee_bp),
        guarantee_days=guarantee_days,
        replacement_window_days=replacement_window_days,
    )
    # No instalment or step lies after the end of a guarantee that is shorter than the one they were set for.
    rows = tuple((bp, min(day, guarantee_days)) for bp, day in whole.instalments)
    steps = tuple(row for row in whole.steps if row[0] <= guarantee_days) or whole.steps[:1]
    return replace(whole, instalments=rows, steps=steps)


# --- the fee -------------------------------------------------------------------------------------------------


def expected_fee(terms: Terms, salary_minor: int | None) -> int | None:
    """Return what a salary would cost, before a bonus; None without a salary where the fee follows from it."""
    if terms.flat_fee_minor is not None:
        return terms.flat_fee_minor
    if salary_minor is None or salary_minor <= 0:
        return None
    assert terms.fee_bp is not None, "frozen terms have a percentage or a flat fee"
    return max(terms.minimum_fee_minor or 0, money.share_of(salary_minor, terms.fee_bp))


def base_of(terms: Terms, salary_minor: int, bonus_minor: int | None) -> int:
    """Return what the fee is taken of.

    Raises:
        InvalidInput: the terms count the guaranteed bonus, and none is given; or one is given that they do not count.
    """
    if refusal := money.salary_refusal(salary_minor):
        raise InvalidInput.field("salary_minor", refusal)
    if terms.base == FeeBase.SALARY:
        if bonus_minor:
            raise InvalidInput.field("guaranteed_bonus_minor", "These terms don’t include a bonus; leave it blank.")
        return salary_minor
    if bonus_minor is None or not 0 <= bonus_minor <= money.MAX_MINOR:
        raise InvalidInput.field("guaranteed_bonus_minor", "Enter the guaranteed bonus, or 0 if there is none.")
    return salary_minor + bonus_minor


def fee_of(terms: Terms, base_minor: int) -> int:
    """Return the fee: flat, or the percentage of the base, at least the minimum (money.md §9, fee at hire).

    Raises:
        InvalidInput: it would be nothing, or more than the base.
    """
    if terms.flat_fee_minor is not None:
        amount = terms.flat_fee_minor
    else:
        assert terms.fee_bp is not None, "frozen terms have a percentage or a flat fee"
        amount = max(terms.minimum_fee_minor or 0, money.share_of(base_minor, terms.fee_bp))
    if amount <= 0:
        raise InvalidInput.field("salary_minor", "This salary is too low: the fee would be zero.")
    if amount > base_minor:
        raise InvalidInput.field("salary_minor", "The fee is more than the pay it is based on. Check both.")
    return amount


def check_fee(terms: Terms) -> None:
    """Refuse a fee that cannot be meant."""
    wrong = _wrong_fee(terms)
    if wrong:
        raise InvalidInput("Check the fee.", fields=wrong)


def with_fee(terms: Terms, *, fee_bp: int | None = None, flat_fee_minor: int | None = None) -> Terms:
    """Return the terms with another percentage or another flat fee; the two exclude each other."""
    if flat_fee_minor is not None:
        return replace(terms, flat_fee_minor=flat_fee_minor, fee_bp=None, minimum_fee_minor=None)
    return replace(terms, fee_bp=fee_bp, flat_fee_minor=None)


@dataclass(frozen=True, slots=True)
class Charged:
    """What a company says about a hire; a percentage or a flat fee only where it is not that of the terms."""

    salary_minor: int
    guaranteed_bonus_minor: int | None = None
    fee_bp: int | None = None
    flat_fee_minor: int | None = None
    fee_reason: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """The fee of a hire, the platform's part of it, and the terms that it follows from."""

    terms: Terms
    fee_minor: int
    platform_fee_minor: int


def charge_of(agreed: Terms, said: Charged) -> Charge:
    """Return what a hire costs on agreed terms, or with another percentage or flat fee that was said.

    Raises:
        InvalidInput: the salary or the bonus is out of bounds, or the fee would be nothing or more than its base.
    """
    base = base_of(agreed, said.salary_minor, said.guaranteed_bonus_minor)
    other = with_fee(agreed, fee_bp=said.fee_bp, flat_fee_minor=said.flat_fee_minor)
    charged = other if _differs(agreed, said) else agreed
    check_fee(charged)
    fee = fee_of(charged, base)
    return Charge(charged, fee, money.share_of(fee, charged.platform_bp))


def _differs(agreed: Terms, said: Charged) -> bool:
    percentage = said.fee_bp is not None and said.fee_bp != agreed.fee_bp
    return percentage or (said.flat_fee_minor is not None and said.flat_fee_minor != agreed.flat_fee_minor)


# --- what may be set -------------------------------------------------------------------------------------------


def check(terms: Terms) -> None:
    """Refuse terms that cannot be meant.

    Raises:
        InvalidInput: all fields that are wrong, each with what to do.
    """
    wrong = {**_wrong_fee(terms), **_wrong_days(terms), **_wrong_schedule(terms), **_wrong_remedy(terms)}
    if terms.currency not in money.CURRENCIES:
        wrong["currency"] = "Choose a currency from the list."
    if len(terms.restrictions) > RESTRICTIONS_LENGTH:
        wrong["restrictions"] = f"Use at most {RESTRICTIONS_LENGTH:,} characters."
    if wrong:
        raise InvalidInput("Some terms need changes.", fields=wrong)


def _wrong_fee(terms: Terms) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if terms.flat_fee_minor is not None:
        if not 0 < terms.flat_fee_minor <= money.MAX_MINOR:
            wrong["flat_fee_minor"] = "Enter a flat fee above zero."
        if terms.fee_bp is not None or terms.minimum_fee_minor is not None:
            wrong["flat_fee_minor"] = FLAT_FEE_ALONE
    if terms.fee_bp is not None and not 0 < terms.fee_bp <= money.WHOLE_BP:
        wrong["fee_bp"] = "Enter a fee above 0% and up to 100%."
    if terms.minimum_fee_minor is not None and not 0 < terms.minimum_fee_minor <= money.MAX_MINOR:
        wrong["minimum_fee_minor"] = "Enter a minimum above zero, or leave this blank."
    if terms.base not in set(FeeBase):
        wrong["base"] = "Choose what the fee is based on."
    if not 0 <= terms.platform_bp <= money.WHOLE_BP:
        wrong["platform_bp"] = "Enter 0% to 100%."
    if not 0 <= terms.tax_bp <= money.WHOLE_BP:
        wrong["tax_bp"] = "Enter 0% to 100%."
    if not 1 <= len(terms.tax_label) <= 30:
        wrong["tax_label"] = "Name the tax in 1 to 30 characters, such as VAT."
    return wrong


_DAYS = {
    "payment_days": MOST_PAYMENT_DAYS,
    "guarantee_days": MOST_GUARANTEE_DAYS,
    "replacement_window_days": MOST_DAYS,
    "report_grace_days": MOST_DAYS,
    "void_unpaid_days": MOST_DAYS,
    "void_reported_days": MOST_DAYS,
}


def _wrong_days(terms: Terms) -> dict[str, str]:
    found = {name: (getattr(terms, name), most) for name, most in _DAYS.items()}
    return {
        name: f"Enter a whole number of days from 0 to {most:,}."
        for name, (value, most) in found.items()
        if value is not None and not 0 <= value <= most
    }


def _wrong_schedule(terms: Terms) -> dict[str, str]:
    if terms.payout_schedule not in set(PayoutSchedule):
        return {"payout_schedule": "Choose when the shares are paid out."}
    if terms.payout_schedule != PayoutSchedule.INSTALMENTS:
        return {"instalments": "Leave the installments blank for this schedule."} if terms.instalments else {}
    rows, days = terms.instalments, [day for _, day in terms.instalments]
    if not 1 <= len(rows) <= MOST_INSTALMENTS:
        return {"instalments": f"Enter one to {MOST_INSTALMENTS} installments."}
    if any(bp <= 0 for bp, _ in rows) or sum(bp for bp, _ in rows) != money.WHOLE_BP:
        return {"instalments": "Installments must be above 0% and add up to exactly 100%."}
    if days != sorted(set(days)) or days[0] < 0 or days[-1] > terms.guarantee_days:
        return {"instalments": f"The days must increase and lie between 0 and {terms.guarantee_days}."}
    return {}


def _wrong_remedy(terms: Terms) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if terms.remedy not in set(Remedy):
        wrong["remedy"] = "Choose what happens if someone leaves."
    if any(reason not in FAILURE_REASON_LABELS for reason in terms.void_reasons):
        wrong["void_reasons"] = "Choose reasons from the list."
    if terms.remedy != Remedy.STEPS:
        return {**wrong, **({"steps": "Leave the steps blank for this remedy."} if terms.steps else {})}
    days, shares = [day for day, _ in terms.steps], [bp for _, bp in terms.steps]
    if not 1 <= len(terms.steps) <= MOST_STEPS:
        wrong["steps"] = f"Enter one to {MOST_STEPS} steps."
    elif days != sorted(set(days)) or days[0] < 0 or days[-1] > terms.guarantee_days:
        wrong["steps"] = f"The days must increase and end within the {terms.guarantee_days} days of the guarantee."
    elif shares != sorted(set(shares), reverse=True) or not shares[-1] >= 0 or shares[0] > money.WHOLE_BP:
        wrong["steps"] = "The percentages must decrease from step to step and lie between 0% and 100%."
    return wrong
