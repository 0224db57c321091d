"""Simulations: what a fee would pay under given terms; nothing is written."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

from pydantic import Field

from portal.answers.simulations import Simulated, SimulatedGiveBack, SimulatedPayout, SimulatedRefund, SimulatedShare
from portal.api.endpoint import Api
from portal.api.types import Body, Currency, Money, Percentage, To
from portal.domain import collaboration, money
from portal.domain.billing import simulation
from portal.domain.billing import terms as rules
from portal.domain.billing.simulation import Simulation
from portal.domain.billing.terms import PayoutSchedule, Remedy, Terms
from portal.domain.collaboration import CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission

bp = Api("simulations", __name__, tag="Money")
Days = Annotated[int, Field(ge=0, le=rules.MOST_GUARANTEE_DAYS)]


class RowBody(Body):
    """A row of the team; either every row has a percentage or none does."""

    role: CollaboratorRole
    split_percentage: Annotated[Percentage | None, To("split_bp")] = None


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

    fee: Annotated[Money | None, To("fee_minor")] = None
    salary: Annotated[Money | None, To("salary_minor")] = None
    fee_percentage: Annotated[Percentage | None, To("fee_bp")] = None
    currency: Currency = "USD"
    platform_fee_percentage: Annotated[Percentage | None, To("platform_bp")] = None
    tax_percentage: Annotated[Percentage | None, To("tax_bp")] = None
    payment_days: Days = 30
    collaborators: Annotated[list[RowBody], Field(min_length=1, max_length=collaboration.MAX_ROWS)]
    payout_schedule: PayoutSchedule = PayoutSchedule.AFTER_GUARANTEE
    instalments: Annotated[list[InstalmentBody], Field(max_length=rules.MOST_INSTALMENTS)] = []
    remedy: Remedy = Remedy.REPLACEMENT_FIRST
    steps: Annotated[list[StepBody], Field(max_length=rules.MOST_STEPS)] = []
    guarantee_days: Days = 90
    last_day_worked: Days | None = None


@bp.changes("/simulations", Simulated, Permission.SIMULATE)
def simulate(body: SimulationBody) -> Simulated:
    """Simulate who gets what share of a fee and when, and what a departure would claw back."""
    said = body.to_input(body.currency)
    terms, fee, salary = _terms(body, said), said["fee_minor"], said["salary_minor"]
    rules.check(terms)
    if fee is None and (salary is None or body.fee_percentage is None):
        raise InvalidInput.field("fee", "Send a fee, or a salary with a fee_percentage.")
    if fee is not None and (salary is not None or body.fee_percentage is not None):
        raise InvalidInput.field("fee", "Send a fee alone, or a salary with a fee_percentage, not both.")
    terms, amount = simulation.fee_from(terms, fee_minor=fee, salary_minor=salary)
    return _answer(simulation.simulate(terms, amount, _team(body), body.last_day_worked))


def _terms(body: SimulationBody, said: dict[str, Any]) -> Terms:
    given = {each.name: said[each.name] for each in fields(Terms) if said.get(each.name) is not None}
    given["instalments"] = tuple((money.percent_to_bp(each.percentage), each.day) for each in body.instalments)
    given["steps"] = tuple((each.until_day, money.percent_to_bp(each.percentage)) for each in body.steps)
    return Terms(**given)


def _team(body: SimulationBody) -> list[tuple[str, int | None]]:
    said = [row.to_input() for row in body.collaborators]
    rows = [(str(row["role"]), row["split_bp"]) for row in said]
    given = [bp for _, bp in rows if bp is not None]
    if given and (len(given) < len(rows) or not 0 < sum(given) <= money.WHOLE_BP):
        raise InvalidInput.field("collaborators", "Enter a percentage for every row, up to 100 in total, or none.")
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
