"""The terms of the demo (money.md §1): what holds for everybody, and what a company or a job has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from portal.demo.people import ADMINS, BOREALIS, LUMEN
from portal.demo.plan import PILOT_ENDS
from portal.demo.simulation import Simulation
from portal.demo.world import OPENINGS_BY_KEY, World
from portal.domain.billing.terms import FeeBase, PayoutSchedule, Remedy
from portal.domain.placements import FailureReason
from portal.services.billing import terms


@dataclass(frozen=True, slots=True)
class Agreement:
    """Describe what somebody sets on a day, and why in the comment: for a company, a job, or with neither for all."""

    days: float
    values: Mapping[str, Any]
    company: str = ""
    opening: str = ""


AGREEMENTS = (
    # While the network was a pilot, the platform took nothing.
    Agreement(PILOT_ENDS, {"platform_bp": 500}),
    Agreement(
        239,
        {"remedy": Remedy.FULL_REFUND, "payment_days": 45, "void_unpaid_days": 30, "void_reported_days": 14},
        company=BOREALIS,
    ),
    Agreement(238, {"tax_bp": 1_900, "tax_label": "VAT", "currency": "EUR"}, company=LUMEN),
    Agreement(
        120,
        {"payout_schedule": PayoutSchedule.WHEN_PAID, "remedy": Remedy.PRO_RATA, "void_reasons": ()},
        opening="data",
    ),
    Agreement(
        119,
        {
            "payout_schedule": PayoutSchedule.INSTALMENTS,
            "instalments": ((3_000, 30), (3_000, 60), (2_000, 85), (2_000, 90)),
            "remedy": Remedy.STEPS,
            "steps": ((30, 10_000), (60, 5_000), (85, 2_500)),
        },
        opening="ml",
    ),
    Agreement(
        170,
        {"restrictions": "No approach to people who work for Voltra or Helio: they are our suppliers."},
        opening="hw",
    ),
    Agreement(
        196,
        {"minimum_fee_minor": 1_500_000, "currency": "EUR", "payout_schedule": PayoutSchedule.WHEN_PAID},
        opening="fe",
    ),
    Agreement(
        104.5,
        {
            "base": FeeBase.SALARY_AND_BONUS,
            "remedy": Remedy.REPLACEMENT_ONLY,
            "void_reasons": (FailureReason.LAYOFF, FailureReason.ROLE_CHANGED, FailureReason.MUTUAL),
        },
        opening="reg",
    ),
    Agreement(120, {"flat_fee_minor": 1_800_000, "currency": "EUR", "remedy": Remedy.NONE}, opening="sec"),
)


def plan_terms(sim: Simulation, world: World) -> None:
    """Agree on terms, each before anybody proposes under them."""
    for agreement in AGREEMENTS:
        sim.at(sim.days_ago(agreement.days), partial(_agree, world, agreement))


def _agree(world: World, agreement: Agreement) -> None:
    company = agreement.company or (OPENINGS_BY_KEY[agreement.opening].company if agreement.opening else "")
    terms.change(
        actor=world.actor(ADMINS[company] if company else "pia"),
        values=agreement.values,
        company_id=world.organisations[agreement.company] if agreement.company else None,
        job_id=world.jobs[agreement.opening] if agreement.opening else None,
    )
