"""What the simulator answers."""

from __future__ import annotations

from portal.answers.values import Answer, Money


class SimulatedShare(Answer):
    """The share of one row of the team."""

    role: str
    amount: Money


class SimulatedPayout(Answer):
    """One installment: on a day of the guarantee or, if `day` is null, when the event happens."""

    role: str
    day: int | None
    event: str
    amount: Money


class SimulatedGiveBack(Answer):
    """What one party gives back; the role is `platform` for the platform's fee."""

    role: str
    amount: Money


class SimulatedRefund(Answer):
    """What the company gets back; with `by_day`, only if no replacement starts by that day."""

    amount: Money
    tax: Money
    by_day: int | None
    by: list[SimulatedGiveBack]


class Simulated(Answer):
    """A fee from the invoice to the last payout, and what a departure would claw back."""

    currency: str
    fee: Money
    platform_fee: Money
    tax: Money
    shares: list[SimulatedShare]
    payouts: list[SimulatedPayout]
    refund: SimulatedRefund | None
