"""Simulations: what a fee would pay under given terms; nothing is written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from portal.answers.simulations import Simulated, SimulatedGiveBack, SimulatedPayout, SimulatedRefund, SimulatedShare
from portal.api.endpoint import Api
from portal.api.types import Body, Currency, Money, Percentage
from portal.domain import collaboration, money
from portal.domain.billing import simulation
from portal.domain.billing import terms as rules
from portal.domain.billing.simulation import Simulation
from portal.domain.billing.terms import PayoutSchedule, Remedy, Terms
from portal.domain.collaboration import CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission

bp = Api("simulations", __name__, tag="Money")
NAMES = {
    "fee_bp": "fee_percentage",
    "platform_bp": "platform_fee_percentage",
    "tax_bp": "tax_percentage",
    "salary_minor": "salary",
}
Days = Annotated[int, Field(ge=0, le=rules.MOST_GUARANTEE_DAYS)]


class RowBody(Body):
    """A row of the team; either every row has a percentage or none does."""

    role: CollaboratorRole
    split_percentage: Percentage | None = None


class InstalmentBody(Body):
    """A part of each share, and the day of the guarantee on which it becomes due."""

    percentage: Percentage
    day: Days


class StepBody(Body):
    """The part of the fee refunded if the person leaves by this day."""

    until_day: Days
    percentage: Percentage


class SimulationBody(Body):
    """A fee, or a salary and a percentage; who shares it, and under which terms."""

    fee: Money | None = None
    salary: Money | None = None
    fee_percentage: Percentage | None = None
    currency: Currency = "USD"
    platform_fee_percentage: Percentage | None = None
    tax_percentage: Percentage | None = None
    payment_days: Days = 30
    collaborators: Annotated[list[RowBody], Field(min_length=1, max_length=collaboration.MAX_ROWS)]
    payout_schedule: PayoutSchedule = PayoutSchedule.AFTER_GUARANTEE
    instalments: Annotated[list[InstalmentBody], Field(max_length=rules.MOST_INSTALMENTS)] = []
    remedy: Remedy = Remedy.REPLACEMENT_FIRST
    steps: Annotated[list[StepBody], Field(max_length=rules.MOST_STEPS)] = []
    guarantee_days: Days = 90
    last_day_worked: Days | None = None


@bp.changes("/simulations", Simulated, Permission.SIMULATE, names=NAMES)
def simulate(body: SimulationBody) -> Simulated:
    """Simulate who gets what share of a fee and when, and what a departure would claw back."""
    terms = _terms(body)
    rules.check(terms)
    fee = None if body.fee is None else money.to_minor(body.fee, body.currency, field="fee")
    salary = None if body.salary is None else money.to_minor(body.salary, body.currency, field="salary")
    if fee is None and (salary is None or body.fee_percentage is None):
        raise InvalidInput.field("fee", "Send a fee, or a salary with a fee_percentage.")
    if fee is not None and (salary is not None or body.fee_percentage is not None):
        raise InvalidInput.field("fee", "Send a fee alone, or a salary with a fee_percentage, not both.")
    terms, amount = simulation.fee_from(terms, fee_minor=fee, salary_minor=salary)
    return _answer(simulation.simulate(terms, amount, _team(body), body.last_day_worked))


def _bp(percentage: Percentage | None) -> int:
    return 0 if percentage is None else money.percent_to_bp(percentage)


def _terms(body: SimulationBody) -> Terms:
    return Terms(
        currency=body.currency,
        fee_bp=None if body.fee_percentage is None else money.percent_to_bp(body.fee_percentage),
        platform_bp=_bp(body.platform_fee_percentage),
        tax_bp=_bp(body.tax_percentage),
        payment_days=body.payment_days,
        payout_schedule=body.payout_schedule,
        instalments=tuple((money.percent_to_bp(each.percentage), each.day) for each in body.instalments),
        remedy=body.remedy,
        steps=tuple((each.until_day, money.percent_to_bp(each.percentage)) for each in body.steps),
        guarantee_days=body.guarantee_days,
    )


def _team(body: SimulationBody) -> list[tuple[str, int | None]]:
    rows = [
        (str(row.role), None if row.split_percentage is None else money.percent_to_bp(row.split_percentage))
        for row in body.collaborators
    ]
    given = [bp for _, bp in rows if bp is not None]
    if given and (len(given) < len(rows) or not 0 < sum(given) <= money.WHOLE_BP):
        raise InvalidInput.field("collaborators", "Give every row a percentage, together at most 100, or none.")
    return rows


def _answer(found: Simulation) -> Simulated:
    def major(minor: int) -> Money:
        return money.to_major(minor, found.currency)

    refund = (
        None
        if found.refund is None
        else SimulatedRefund(
            amount=major(found.refund.amount_minor),
            tax=major(found.refund.tax_minor),
            by_day=found.refund.by_day,
            by=[
                SimulatedGiveBack(role=party.role, amount=major(party.gives_back_minor))
                for party in found.parties
                if party.gives_back_minor
            ],
        )
    )
    return Simulated(
        currency=found.currency,
        fee=major(found.fee_minor),
        platform_fee=major(found.platform_minor),
        tax=major(found.tax_minor),
        shares=[SimulatedShare(role=party.role, amount=major(party.amount_minor)) for party in found.team],
        payouts=[
            SimulatedPayout(role=each.role, day=each.day, event=each.event, amount=major(each.amount_minor))
            for each in found.payouts
        ],
        refund=refund,
    )
