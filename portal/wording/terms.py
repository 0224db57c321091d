"""Terms in plain words, as they are shown before someone proposes, and on proposal, placement and receipt."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from portal.domain.billing.refunds import Decision, Ending, Void
from portal.domain.billing.terms import NEVER, VOID_DAYS, FeeBase, PayoutSchedule, Remedy, Terms
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
from portal.domain.times import write_day_of
from portal.wording import amounts
from portal.wording.writing import percent, plural

SCHEDULE_LABELS: dict[str, str] = {
    PayoutSchedule.AFTER_GUARANTEE: "All after the guarantee",
    PayoutSchedule.WHEN_PAID: "All once the company has paid",
    PayoutSchedule.INSTALMENTS: "In installments",
}
REMEDY_LABELS: dict[str, str] = {
    Remedy.REPLACEMENT_FIRST: "Replacement, otherwise full refund",
    Remedy.FULL_REFUND: "Full refund",
    Remedy.PRO_RATA: "Refund for the days not worked",
    Remedy.STEPS: "Refund in steps",
    Remedy.REPLACEMENT_ONLY: "Replacement only",
    Remedy.NONE: "None",
}
_BASES: dict[str, str] = {
    FeeBase.SALARY: "first-year base salary",
    FeeBase.SALARY_AND_BONUS: "first-year base salary and guaranteed bonus",
}


def in_words(terms: Terms) -> list[tuple[str, str]]:
    """Return what the terms say, each line under its heading."""
    return [
        ("Fee", fee(terms)),
        ("Payment", _payment(terms)),
        ("Payout", payout(terms)),
        ("Guarantee", _guarantee(terms)),
        ("If the person leaves", remedy(terms)),
        *([("Guarantee is void", void)] if (void := " ".join(_void(terms))) else []),
        *([("Restrictions", terms.restrictions)] if terms.restrictions else []),
    ]


def fee(terms: Terms) -> str:
    if terms.flat_fee_minor is not None:
        said = f"{amounts.money(terms.flat_fee_minor, terms.currency)} flat"
    else:
        share = "The job’s percentage" if terms.fee_bp is None else percent(terms.fee_bp)
        said = f"{share} of {_BASES[terms.base]}"
        if terms.minimum_fee_minor:
            said += f", at least {amounts.money(terms.minimum_fee_minor, terms.currency)}"
    tax = f", plus {percent(terms.tax_bp)} {terms.tax_label}" if terms.tax_bp else ""
    platform = f" The platform keeps {percent(terms.platform_bp)} of the fee." if terms.platform_bp else ""
    return f"{said}{tax}.{platform}"


def rate(terms: Terms) -> str:
    """Return the flat fee or the percentage, as a label has room for."""
    if terms.flat_fee_minor is not None:
        return f"{amounts.money(terms.flat_fee_minor, terms.currency)} flat"
    return percent(terms.fee_bp or 0)


def _payment(terms: Terms) -> str:
    if not terms.payment_days:
        return "The invoice is issued on the start date and due the same day."
    return f"The invoice is issued on the start date and due {plural(terms.payment_days, 'day')} later."


def payout(terms: Terms) -> str:
    """Return when the shares are paid out."""
    if terms.payout_schedule == PayoutSchedule.WHEN_PAID:
        return "Everyone is paid in full once the company has paid."
    if terms.payout_schedule == PayoutSchedule.AFTER_GUARANTEE:
        return "Everyone is paid in full once the company has paid and the guarantee has ended."
    steps = ", ".join(f"{percent(bp)} on day {day}" for bp, day in terms.instalments)
    return f"Once the company has paid: {steps} of the guarantee."


def _guarantee(terms: Terms) -> str:
    if not terms.guarantee_days:
        return "None."
    grace = plural(terms.report_grace_days, "day")
    days = plural(terms.guarantee_days, "day")
    return f"{days} from the start date. A departure can be reported up to {grace} after it ends."


def remedy(terms: Terms) -> str:
    """Return what the company gets when the person leaves inside the guarantee."""
    window = plural(terms.replacement_window_days, "day")
    match terms.remedy:
        case Remedy.REPLACEMENT_FIRST:
            return f"A replacement within {window}; if none arrives, the full fee is refunded."
        case Remedy.REPLACEMENT_ONLY:
            return f"A replacement within {window}; the fee is not refunded."
        case Remedy.FULL_REFUND:
            return "The full fee is refunded."
        case Remedy.PRO_RATA:
            return "The part of the fee for the days not worked is refunded."
        case Remedy.STEPS:
            steps = ", ".join(f"{percent(bp)} until day {day}" for day, bp in terms.steps)
            return f"The fee is refunded in steps: {steps}, nothing after that."
        case _:
            return "The fee is not refunded."


def _void(terms: Terms) -> Iterator[str]:
    if terms.void_reasons:
        *others, last = (f"“{FAILURE_REASON_LABELS[FailureReason(reason)]}”" for reason in terms.void_reasons)
        reasons = f"{', '.join(others)} or {last}" if others else last
        yield f"When the reason is {reasons}."
    if terms.void_unpaid_days is not None:
        late = plural(terms.void_unpaid_days, "day")
        yield f"When the invoice was still unpaid {late} after it was due, and the person left after that."
    if terms.void_reported_days is not None:
        late = plural(terms.void_reported_days, "day")
        yield f"When the departure is reported more than {late} after the last day worked."


VOID_REASONS: dict[str, str] = {
    Void.REASON: "because of the reason",
    Void.UNPAID: "because the invoice was unpaid too long",
    Void.REPORTED_LATE: "because the departure was reported too late",
}


def outcome(decided: Decision, currency: str, *, there: str, mine: str) -> str:
    """Return what a failure means for the fee, in one sentence: days are those of `there`, read in the zone `mine`."""
    if decided.ending is Ending.OUTSIDE:
        return "The guarantee had ended, so the fee stays as it is."
    if decided.ending is Ending.VOID:
        return f"The guarantee is void {VOID_REASONS[decided.void_reason]}, so nothing is refunded."
    if decided.due_on is not None:
        return f"A replacement is owed by {write_day_of(decided.due_on, there, mine)}."
    if decided.refund:
        return f"{amounts.money(decided.refund, currency, cents=True)} of the fee goes back to the company."
    return "Under these terms, nothing is refunded."


# --- one term at a time, as it is set and changed ---------------------------------------------------------------------

LABELS: dict[str, str] = {
    "currency": "Currency",
    "fee_bp": "Fee",
    "flat_fee_minor": "Flat fee",
    "minimum_fee_minor": "Minimum fee",
    "base": "Fee is based on",
    "platform_bp": "Platform fee",
    "tax_bp": "Tax",
    "tax_label": "Tax name",
    "payment_days": "Time to pay an invoice",
    "payout_schedule": "Payout schedule",
    "instalments": "Installments",
    "report_grace_days": "Time to report a departure after the guarantee",
    "remedy": "If the person leaves",
    "steps": "Refund steps",
    "void_reasons": "Guarantee is void for these reasons",
    "void_unpaid_days": "Guarantee is void when the invoice is overdue by",
    "void_reported_days": "Guarantee is void when a departure is reported later than",
    "restrictions": "Restrictions",
}
_CHOICES: dict[str, dict[str, str]] = {
    "base": {value: label.capitalize() for value, label in _BASES.items()},
    "payout_schedule": SCHEDULE_LABELS,
    "remedy": REMEDY_LABELS,
    "void_reasons": {str(reason): label for reason, label in FAILURE_REASON_LABELS.items()},
}
BASE_LABELS = _CHOICES["base"]


def term(name: str, stored: object, currency: str) -> str:
    """Return what one term says, stored as a value or as the text that an event keeps."""
    said = str(stored)
    if name in VOID_DAYS and said in {"none", "None", NEVER}:
        return "Never"
    if said in {"", "none", "None", "[]", "()"} or (name == "minimum_fee_minor" and said == "0"):
        return "None"
    if name.endswith("_bp"):
        return percent(int(said))
    if name.endswith("_minor"):
        return amounts.money(int(said), currency)
    if name.endswith("_days"):
        return plural(int(said), "day")
    if name in {"instalments", "steps"}:
        return ", ".join(pairs(name, ast.literal_eval(said)))
    if name == "void_reasons":
        return ", ".join(_CHOICES[name].get(reason, reason) for reason in ast.literal_eval(said))
    return _CHOICES.get(name, {}).get(said, said)


def pairs(name: str, stored: Iterable[Iterable[int]]) -> list[str]:
    """Return instalments or refund steps as they are typed, one a line."""
    if name == "steps":
        return [f"{percent(bp)} until day {day}" for day, bp in stored]
    return [f"{percent(bp)} on day {day}" for bp, day in stored]
