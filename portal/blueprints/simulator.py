"""The simulator: what a fee would pay, to whom and when, and what a departure would take back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.billing import simulation
from portal.domain.billing.refunds import Ending
from portal.domain.billing.simulation import Simulation
from portal.domain.collaboration import ROLE_LABELS
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.forms.simulator import SimulatorForm
from portal.policy import policy
from portal.requests import respond
from portal.wording import amounts
from portal.wording import terms as words

bp = Blueprint("simulator", __name__)


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline: the guarantee's day (None: when the client pays), what happens, and how much."""

    day: int | None
    label: str
    amount_minor: int


@bp.get("/simulator")
@policy(Permission.SIMULATE)
def index() -> ResponseReturnValue:
    """Show what the address says would happen; nothing is written."""
    form, found = SimulatorForm.of(request.args), None
    if form.validate():
        try:
            found = _simulate(form)
        except InvalidInput as error:
            respond.add_errors(form, error)
    return respond.page(
        "simulator/page.html",
        panel="simulator/_answer.html",
        status=422 if form.errors or form.form_errors else 200,
        form=form,
        found=found,
        ending=_ending(found) if found and found.ending else None,
        moments=_timeline(found, form.last_day_worked.data) if found else (),
        said=words.in_words(found.terms) if found else (),
        role_labels={**{str(role): label for role, label in ROLE_LABELS.items()}, "platform": "Platform"},
    )


def _simulate(form: SimulatorForm) -> Simulation | None:
    """Return what the form asks for, None while it has no fee yet.

    Raises:
        InvalidInput: a figure or a term cannot be meant.
    """
    currency, terms = form.currency.data, form.terms()
    fee, salary = form.fee.minor(currency), form.salary.minor(currency)
    if fee is None and (salary is None or terms.fee_bp is None):
        return None
    terms, amount = simulation.fee_from(terms, fee_minor=fee, salary_minor=salary)
    return simulation.simulate(terms, amount, form.team(), form.last_day_worked.data)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the terms say about the departure, in words."""

    title: str
    says: str
    tone: str


def _ending(found: Simulation) -> Verdict:
    """Put into words what the departure means."""
    refund = found.refund
    if found.ending is Ending.OUTSIDE:
        return Verdict(
            "After the guarantee", "The person leaves after the guarantee ends, so no money changes hands.", "ok"
        )
    if refund is None:
        return Verdict(
            "No refund", "Under these terms, the fee isn’t refunded and any held amount is paid out.", "info"
        )
    amount = amounts.money(refund.total_minor, found.currency, cents=True)
    if refund.by_day is not None:
        says = f"If no replacement arrives by day {refund.by_day}, the company gets {amount} back."
        return Verdict("Replacement first", says, "warn")
    return Verdict("Refund", f"The company gets {amount} back, tax included.", "warn")


def _timeline(found: Simulation, last_day: int | None) -> list[Moment]:
    """Return what happens in order: payouts of one day together, until the person leaves, and then what follows."""
    leaves = last_day is not None and found.ending is not Ending.OUTSIDE
    payouts = [payout for payout in found.payouts if not leaves or found.is_paid_by(payout, last_day or 0)]
    sums: dict[tuple[int | None, str], int] = {}
    for payout in payouts:
        key = (payout.day, payout.event)
        sums[key] = sums.get(key, 0) + payout.amount_minor
    moments = [Moment(day, _EVENTS.get(event, "Payout"), amount) for (day, event), amount in sums.items()]
    if leaves:
        moments += _afterwards(found, last_day or 0, sum(sums.values()))
    return sorted(moments, key=lambda moment: -1 if moment.day is None else moment.day)


def _afterwards(found: Simulation, last_day: int, paid_minor: int) -> Iterator[Moment]:
    """Return what follows when the person leaves and `paid_minor` was paid out: one thing, or one of two."""
    refund, held = found.refund, found.pool_minor - paid_minor
    if refund and refund.by_day is not None:
        yield Moment(refund.by_day, "If no replacement arrives: refund", -refund.amount_minor)
        if held:
            yield Moment(refund.by_day, "If one arrives: paid out when its guarantee ends", held)
        return
    if refund:
        yield Moment(last_day, "The person leaves: refund", -refund.amount_minor)
    rest = held - sum(party.gives_back_minor - party.clawback_minor for party in found.team)
    if rest:
        yield Moment(max(last_day, found.terms.payment_days), "The rest is paid out", rest)


_EVENTS = {
    simulation.WHEN_PAID: "The company has paid",
    simulation.GUARANTEE_ENDS: "The guarantee ends",
}
