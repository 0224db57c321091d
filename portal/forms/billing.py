"""Forms of money: what is received, announced, collected and paid."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired

from portal.domain import money
from portal.domain.billing.documents import Details
from portal.domain.billing.payees import LEGAL_FORM_LABELS
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import MoneyField, read_version
from portal.forms.placements import DayField
from portal.services.billing.payees import PayeeInput
from portal.wording.countries import COUNTRIES


class AnnounceForm(CommandForm):
    """Ask when a company paid, under which reference."""

    paid_on = DayField("Paid on", [InputRequired("Enter the payment date.")])
    reference = StringField("Reference", [InputRequired("Enter the payment reference.")])


class ReceiptForm(CommandForm):
    amount_minor = MoneyField("Amount", [InputRequired("Enter the amount received.")])
    received_on = DayField("Received on", [InputRequired("Enter the date the payment arrived.")])
    reference = StringField("Reference", [InputRequired("Enter the reference on the bank statement.")])
    confirmed = BooleanField("This is a separate payment, even though a similar one was recorded")


class DetailsForm(FlaskForm):
    legal_name = StringField("Legal name", [InputRequired("Enter the name on invoices.")])
    address = TextAreaField("Address", [InputRequired("Enter the address on invoices.")])
    tax_id = StringField("Tax ID")
    email = StringField("Billing email")
    bank_account = StringField("Bank account")
    version = HiddenField()

    def to_input(self) -> dict[str, Any]:
        names = ("legal_name", "address", "tax_id", "email", "bank_account")
        return {
            "details": Details(**{name: self[name].data or "" for name in names}),
            "version": read_version(self.version) or 0,
        }


class ConsentForm(FlaskForm):
    """Ask whether an address wants copies of documents."""

    answer = HiddenField(validators=[AnyOf(("agree", "refuse"), "Choose one.")])

    def to_input(self) -> dict[str, Any]:
        return {"agreed": self.answer.data == "agree"}


class PayeeForm(FlaskForm):
    """Ask who is paid and where; an account is never shown again, so that a change asks for all of it."""

    legal_name = StringField("Account holder", [InputRequired("Enter the name on the account.")])
    legal_form = SelectField(
        "Who is paid",
        [InputRequired("Choose who is paid.")],
        choices=choices(LEGAL_FORM_LABELS),
    )
    iban = StringField("IBAN", description="Most accounts in Europe and the Middle East have one.")
    country = SelectField(
        "Bank country",
        choices=choices(COUNTRIES, nothing="Choose…"),
        validate_choice=False,  # the service knows them too, and an IBAN needs none
    )
    account_number = StringField("Account number", description="Only if there’s no IBAN.")
    bank_code = StringField("Routing number or bank code", description="In the US, the 9-digit routing number.")
    bic = StringField("BIC", description="8 or 11 characters. Required outside the US if there’s no IBAN.")
    tax_id = StringField("Tax ID")
    version = HiddenField()

    def to_input(self) -> dict[str, Any]:
        names = [field.name for field in fields(PayeeInput)]
        return {
            "payee": PayeeInput(**{name: self[name].data or "" for name in names}),
            "version": read_version(self.version) or 0,
        }


class ReverseForm(CommandForm):
    """Ask why a receipt is taken back."""

    reason = TextAreaField("Reason", [InputRequired("Enter the bank’s reason for returning the payment.")])


class LimitsForm(FlaskForm):
    """Ask for the platform's limits in one currency, or in all that have none of their own."""

    four_eyes_minor = MoneyField(
        "A second admin approves above",
        [InputRequired("Enter an amount.")],
        description="Gross total of all runs in a currency within 24 hours. Raising it requires another admin.",
    )
    small_difference_minor = MoneyField(
        "Small difference",
        [InputRequired("Enter an amount.")],
        description="Up to this amount, the platform covers invoice write-offs.",
    )
    currency = HiddenField(validators=[AnyOf((None, "", *money.CURRENCIES), "Choose a currency from the list.")])
    version = HiddenField()

    def to_input(self) -> dict[str, Any]:
        digits_of = self.currency.data or money.LIMITS_IN
        return {
            "currency": self.currency.data or None,
            "four_eyes_minor": self.four_eyes_minor.minor(digits_of),
            "small_difference_minor": self.small_difference_minor.minor(digits_of),
            "version": read_version(self.version) or 0,
        }


class LimitAnswerForm(CommandForm):
    currency = HiddenField()
    version = HiddenField()


class ReasonForm(CommandForm):
    """Ask why money is given up or came back."""

    reason = TextAreaField("Reason", [InputRequired("Enter the reason; it’s logged.")])


class PaidOutForm(CommandForm):
    paid_on = DayField("Paid on", [InputRequired("Enter the payment date.")])
    reference = StringField("Bank reference", [InputRequired("Enter the payment reference.")])


class CreditPaidForm(PaidOutForm):
    # Credit that went meanwhile is no choice any more, of which the service can say so.
    currency = SelectField("Currency", [InputRequired("Choose a currency.")], validate_choice=False)


class RepaidForm(CommandForm):
    """Ask what a recruiter paid back, when, under which reference."""

    amount_minor = MoneyField("Amount", [InputRequired("Enter the amount received.")])
    received_on = DayField("Received on", [InputRequired("Enter the date the payment arrived.")])
    reference = StringField("Bank reference", [InputRequired("Enter the reference on the bank statement.")])


class CollectForm(FlaskForm):
    currency = SelectField("Currency", [InputRequired("Choose a currency.")], choices=list(money.CURRENCIES))


class PayForm(FlaskForm):
    """Ask for the reference under which a run was paid."""

    reference = StringField("Bank reference", [InputRequired("Enter the payment reference.")])
