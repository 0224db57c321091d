"""The simulator's form: a fee, a team, terms and a departure, all of them in the address."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, TextAreaField

from portal.domain import money
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import FeeBase, PayoutSchedule, Remedy, Terms
from portal.domain.collaboration import ROLE_LABELS, WEIGHTS_BP, CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.forms.choices import choices
from portal.forms.figures import DaysField, MoneyField, PercentField
from portal.wording import reading
from portal.wording.terms import REMEDY_LABELS, SCHEDULE_LABELS

# "33.33% on day 45", "80% until day 30", "50 / 90": a percentage, then a day.
PAIR = re.compile(r"\s*(?P<percent>\S+?)\s*%?\s*(?:(?:on|until|/|@)?\s*(?:day)?)\s+(?P<day>\d{1,4})\s*")
NAMES = {"fee_bp": "fee_percentage", "platform_bp": "platform_fee_percentage", "tax_bp": "tax_percentage"}
ONE_A_LINE = "Enter a percentage and a day on each line, such as 33.33% on day 45."


class PairsField(TextAreaField):
    """Take lines of a percentage and a day."""

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Return basis points and day of each line.

        Raises:
            InvalidInput: a line is no such pair.
        """
        return [self._pair(line) for line in (self.data or "").splitlines() if line.strip()]

    def _pair(self, line: str) -> tuple[int, int]:
        found = PAIR.fullmatch(line)
        if found is None:
            raise InvalidInput.field(self.short_name, ONE_A_LINE)
        try:
            percent = reading.read(found["percent"], digits=2, wanted=ONE_A_LINE, most=100).value
        except ValueError as error:
            raise InvalidInput.field(self.short_name, str(error)) from error
        return money.percent_to_bp(percent), int(found["day"])


class SimulatorForm(FlaskForm):
    """Ask for a fee or a salary, who shares it, under which terms, and when the person leaves."""

    class Meta:
        """Read from the address; nothing is written, so there is nothing to forge."""

        csrf = False

    currency = SelectField("Currency", choices=list(money.CURRENCIES))
    fee = MoneyField("Fee")
    salary = MoneyField("Or salary")
    fee_percentage = PercentField("Fee percentage")
    sourcer = PercentField("Sourcer")
    submitter = PercentField("Submitter")
    closer = PercentField("Closer")
    support = PercentField("Support")
    platform_fee_percentage = PercentField("Platform fee")
    tax_percentage = PercentField("Tax")
    payment_days = DaysField("Company pays after")
    guarantee_days = DaysField("Guarantee")
    payout_schedule = SelectField("Payout schedule", choices=choices(SCHEDULE_LABELS))
    instalments = PairsField("Installments")
    remedy = SelectField("If the person leaves", choices=choices(REMEDY_LABELS))
    steps = PairsField("Refund steps")
    last_day_worked = DaysField("Leaves on day")

    @classmethod
    def of(cls, address: MultiDict[str, str]) -> SimulatorForm:
        """Read an address; what it does not name has its usual value."""
        usual = {"currency": "USD", "payout_schedule": Terms().payout_schedule, "remedy": Terms().remedy}
        given = MultiDict(address)
        for name, value in usual.items():
            given.setdefault(name, str(value))
        return cls(given)

    def team(self) -> list[tuple[str, int | None]]:
        """Return role and share of each role that has one; the usual four when none is given."""
        given = {role: self[role.value] for role in CollaboratorRole}
        chosen: list[tuple[str, int | None]] = [(role, field.bp) for role, field in given.items() if field.data]
        if sum(bp or 0 for _, bp in chosen) > money.WHOLE_BP:
            total = money.percent_text(sum(bp or 0 for _, bp in chosen))
            raise InvalidInput.field(next(iter(ROLE_LABELS)), f"These shares add up to {total}; the maximum is 100%.")
        return chosen or [(role, bp) for role, bp in WEIGHTS_BP.items()]

    def terms(self) -> Terms:
        """Return the terms, with the defaults where nothing is said.

        Raises:
            InvalidInput: they cannot be meant.
        """
        usual, currency = Terms(), self.currency.data
        schedule = self.payout_schedule.data or usual.payout_schedule
        remedy = self.remedy.data or usual.remedy
        made = Terms(
            currency=currency,
            fee_bp=self.fee_percentage.bp if self.fee_percentage.data else None,
            base=FeeBase.SALARY,
            platform_bp=self.platform_fee_percentage.bp,
            tax_bp=self.tax_percentage.bp,
            payment_days=_or(self.payment_days.data, usual.payment_days),
            guarantee_days=_or(self.guarantee_days.data, usual.guarantee_days),
            payout_schedule=schedule,
            instalments=tuple(self.instalments.pairs) if schedule == PayoutSchedule.INSTALMENTS else (),
            remedy=remedy,
            steps=tuple((day, bp) for bp, day in self.steps.pairs) if remedy == Remedy.STEPS else (),
        )
        try:
            rules.check(made)
        except InvalidInput as error:
            fields = {NAMES.get(name, name): said for name, said in error.fields.items()}
            raise InvalidInput(error.message, fields=fields) from error
        return made


def _or(value: int | None, usual: int) -> int:
    return usual if value is None else value
