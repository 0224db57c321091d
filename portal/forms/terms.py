"""The form of the terms of a job, a company or the platform: what is left blank comes from above."""

from __future__ import annotations

from functools import partial
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain import money
from portal.domain.billing.terms import AMOUNTS, PayoutSchedule, Remedy
from portal.domain.placements import FAILURE_REASON_LABELS
from portal.forms.choices import choices
from portal.forms.figures import DaysField, DaysOrNeverField, MoneyField, PercentField
from portal.forms.settings import PreviewedForm
from portal.forms.simulator import PairsField
from portal.queries.billing.terms import SetTerms
from portal.wording.terms import BASE_LABELS, LABELS, REMEDY_LABELS, SCHEDULE_LABELS, pairs

SHARES = ("fee_bp", "platform_bp", "tax_bp")
DAYS = ("payment_days", "report_grace_days", "void_unpaid_days", "void_reported_days")
NO_RESTRICTIONS = "none"  # typed to do without those from above
TEXTS = ("currency", "base", "tax_label", "payout_schedule", "remedy", "restrictions")


_inherited = partial(choices, nothing="Inherited")


class TermsForm(PreviewedForm):
    """Ask for the terms of a job, a company or the platform."""

    fee_bp = PercentField(LABELS["fee_bp"])
    flat_fee_minor = MoneyField(LABELS["flat_fee_minor"])
    minimum_fee_minor = MoneyField(LABELS["minimum_fee_minor"])
    currency = SelectField(
        LABELS["currency"], choices=_inherited(zip(money.CURRENCIES, money.CURRENCIES, strict=True)), default=""
    )
    base = SelectField(LABELS["base"], choices=_inherited(BASE_LABELS), default="")
    platform_bp = PercentField(LABELS["platform_bp"])
    tax_bp = PercentField(LABELS["tax_bp"])
    tax_label = StringField(LABELS["tax_label"])
    payment_days = DaysField(LABELS["payment_days"])
    payout_schedule = SelectField(LABELS["payout_schedule"], choices=_inherited(SCHEDULE_LABELS), default="")
    instalments = PairsField(LABELS["instalments"])
    report_grace_days = DaysField(LABELS["report_grace_days"])
    remedy = SelectField(LABELS["remedy"], choices=_inherited(REMEDY_LABELS), default="")
    steps = PairsField(LABELS["steps"])
    void_reasons = SelectMultipleField(
        LABELS["void_reasons"],
        choices=choices(FAILURE_REASON_LABELS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    void_unpaid_days = DaysOrNeverField(LABELS["void_unpaid_days"])
    void_reported_days = DaysOrNeverField(LABELS["void_reported_days"])
    restrictions = TextAreaField(LABELS["restrictions"])

    def fit(self, view: SetTerms) -> TermsForm:
        """Leave out the platform's fee for those who may not set it, and the currency of a job, and return the form."""
        if not view.may_set_platform_fee:
            del self.platform_bp
        if view.has_currency:
            del self.currency
        return self

    def currency_of(self, view: SetTerms) -> str:
        """Return the currency of the amounts that are typed."""
        chosen = self.currency.data if "currency" in self else ""
        return str(chosen or view.above.currency)

    def to_values(self, view: SetTerms) -> dict[str, Any]:
        """Return what each term is set to; None lets it come from above.

        Raises:
            InvalidInput: an amount, an instalment or a step cannot be read.
        """
        values: dict[str, Any] = {name: self[name].data or None for name in TEXTS if name in self}
        values |= {name: None if self[name].data is None else self[name].bp for name in SHARES if name in self}
        values |= self._amounts(view)
        if (self.restrictions.data or "").strip().casefold() == NO_RESTRICTIONS:
            values["restrictions"] = ""
        values |= {name: self[name].data for name in DAYS}
        reasons = self.void_reasons.data or []
        values["void_reasons"] = None if set(reasons) == set(view.above.void_reasons) else reasons
        rows = [[bp, day] for bp, day in self.instalments.pairs]
        steps = [[day, bp] for bp, day in self.steps.pairs]
        # Who chooses another schedule or remedy does without the rows that the one from above has.
        values["instalments"] = rows or (
            [] if self.payout_schedule.data not in {"", PayoutSchedule.INSTALMENTS} else None
        )
        values["steps"] = steps or ([] if self.remedy.data not in {"", Remedy.STEPS} else None)
        return values

    def _amounts(self, view: SetTerms) -> dict[str, Any]:
        currency = self.currency_of(view)
        values: dict[str, Any] = {name: self[name].minor(currency) for name in AMOUNTS}
        if view.has_currency:  # amounts no longer apply once the job has another currency than they were set in
            values["currency"] = currency if any(values.values()) else None
        return values


def typed(view: SetTerms) -> dict[str, Any]:
    """Return what the form starts with: what the scope sets itself."""
    own = view.own
    currency = own.get("currency", view.above.currency)
    filled: dict[str, Any] = {name: own.get(name) for name in (*TEXTS, *DAYS)}
    filled |= {name: money.bp_to_percent(own[name]) for name in SHARES if own.get(name) is not None}
    filled |= {name: money.to_major(own[name], currency) for name in AMOUNTS if own.get(name) is not None}
    filled |= {name: "\n".join(pairs(name, own.get(name, ()))) for name in ("instalments", "steps")}
    if own.get("restrictions") == "":
        filled["restrictions"] = NO_RESTRICTIONS
    return {**filled, "void_reasons": own.get("void_reasons", view.above.void_reasons), "version": str(view.version)}
