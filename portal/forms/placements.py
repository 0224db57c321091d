"""Forms of placements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.billing.terms import Charged, FeeBase, Terms
from portal.domain.money import bp_to_percent, to_major
from portal.domain.names import fold
from portal.domain.placements import FAILURE_REASON_LABELS, SPLITS_OPEN, FailureReason
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import DaysField, MoneyField, PercentField, read_version
from portal.forms.proposals import is_id
from portal.queries.placements.placements import Linked, PlacementDetail
from portal.services.placements.corrections import Right

REASONS = choices(FAILURE_REASON_LABELS, nothing="Choose a reason")
NO_SHOW = choices({FailureReason.NO_SHOW: FAILURE_REASON_LABELS[FailureReason.NO_SHOW]})


class DayField(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; nothing typed is None."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = date.fromisoformat(text[:20])
        except ValueError as error:
            raise ValueError("Enter a date, for example 2026-12-24.") from error


class HireForm(FlaskForm):
    """Ask what the hired candidate earns and what that pays the recruiters."""

    proposal = HiddenField()
    seen = HiddenField()
    salary_minor = MoneyField("Annual salary", [InputRequired("Enter the agreed annual salary.")])
    guaranteed_bonus_minor = MoneyField(
        "Guaranteed bonus", [InputRequired("Enter the guaranteed bonus, or 0 if there is none.")]
    )
    fee_bp = PercentField("Fee")
    flat_fee_minor = MoneyField("Or a flat fee")
    fee_reason = TextAreaField("Reason for a different fee")
    notes = TextAreaField("Notes")
    second_reason = TextAreaField("Reason for a second current placement")

    def fit(self, agreed: Terms, *, may_override: bool) -> HireForm:
        """Ask for the bonus only where the terms count it, for exceptions only who may make them, and return it."""
        if agreed.base == FeeBase.SALARY:
            del self.guaranteed_bonus_minor
        if not may_override:
            del self.fee_bp, self.flat_fee_minor, self.fee_reason, self.second_reason
        return self

    def charged(self, currency: str) -> Charged:
        """Return the figures; a percentage or a flat fee only where one was typed."""
        asks_bonus = "guaranteed_bonus_minor" in self
        charged = Charged(
            salary_minor=self.salary_minor.minor(currency) or 0,
            guaranteed_bonus_minor=self.guaranteed_bonus_minor.minor(currency) if asks_bonus else None,
        )
        if "fee_bp" not in self:
            return charged
        return replace(
            charged,
            fee_bp=None if self.fee_bp.data is None else self.fee_bp.bp,
            flat_fee_minor=self.flat_fee_minor.minor(currency),
            fee_reason=self.fee_reason.data or "",
        )

    def to_input(self, currency: str) -> dict[str, Any]:
        return {
            **asdict(self.charged(currency)),
            "notes": self.notes.data or "",
            "seen": self.seen.data or None,
            "second_reason": (self.second_reason.data or "") if "second_reason" in self else "",
        }


UNSEEN = -1  # no sheet has it: what is locked for good was shown, also to a request that is written by hand


class ActivateForm(FlaskForm):
    """Ask when the candidate starts and how long the guarantee runs."""

    start_date = DayField("Start date", [InputRequired("Choose the start date.")])
    guarantee_days = DaysField("Guarantee")
    notes = TextAreaField("Notes")
    accept_ended = BooleanField("The dates are correct even though the guarantee has already ended")
    version = HiddenField()

    def to_input(self) -> dict[str, Any]:
        return {
            "start_date": self.start_date.data,
            "guarantee_days": self.guarantee_days.data,
            "notes": self.notes.data or "",
            "sheet_version": UNSEEN if (seen := read_version(self.version)) is None else seen,
            "accept_ended": bool(self.accept_ended.data),
        }


class CompleteForm(CommandForm):
    notes = TextAreaField("Notes", id="complete-notes")
    waive = BooleanField("Complete now and waive the guarantee", id="complete-waive")
    version = HiddenField(id="complete-version")


def _plain(name: str) -> str:
    return " ".join(fold(name).split())


class FailForm(FlaskForm):
    reason = SelectField("Reason", [InputRequired("Choose a reason.")], choices=REASONS, id="fail-reason")
    last_day_worked = DayField("Last day worked", id="fail-last-day")
    notes = TextAreaField("Notes", id="fail-notes")
    candidate = StringField(id="fail-candidate", render_kw={"autocomplete": "off"})
    version = HiddenField(id="fail-version")
    name = ""  # what is typed to confirm

    def confirmed_by(self, state: str, name: str) -> FailForm:
        """Ask for the candidate's name where money moves, and return the form."""
        self.name = name
        self.candidate.label.text = f"Type {name} to confirm"
        if state in SPLITS_OPEN:
            del self.candidate
        return self

    def validate_candidate(self, field: StringField) -> None:
        """Take the name in any spelling."""
        if _plain(field.data or "") != _plain(self.name):
            raise ValidationError(f"Type {self.name} to confirm.")

    def fit(self, state: str, today: date) -> FailForm:
        """Offer the reasons that a placement in this state can fail for, with today as the last day, and return it."""
        if state in SPLITS_OPEN:
            self.reason.choices = NO_SHOW
            del self.last_day_worked
        elif not self.last_day_worked.raw_data:
            self.last_day_worked.data = today
        return self

    def to_input(self) -> dict[str, Any]:
        asked = {"last_day_worked": self.last_day_worked.data} if "last_day_worked" in self else {}
        if self.reason.data == FailureReason.NO_SHOW:  # the form has today in it whatever the reason
            asked = {}
        return {
            "reason": self.reason.data,
            "notes": self.notes.data or "",
            "version": read_version(self.version),
            **asked,
        }


class CorrectForm(FlaskForm):
    """Ask how a hire should read; it starts from how it reads now."""

    salary_minor = MoneyField("Annual salary", [InputRequired("Enter the annual salary.")], id="correct-salary")
    guaranteed_bonus_minor = MoneyField("Guaranteed bonus", id="correct-bonus")
    fee_bp = PercentField("Fee", id="correct-fee")
    flat_fee_minor = MoneyField("Or a flat fee", id="correct-flat")
    start_date = DayField("Start date", id="correct-start")
    reason = TextAreaField(
        "Reason", [InputRequired("Enter what was wrong; both sides will read it.")], id="correct-reason"
    )
    accept_ended = BooleanField(
        "The date is correct even though the guarantee would already have ended", id="correct-ended"
    )
    version = HiddenField(id="correct-version")

    def of(self, found: PlacementDetail) -> CorrectForm:
        """Read amounts in the placement's currency, and show how it reads now where nothing was typed; give it."""
        self.found = found
        if found.guaranteed_bonus_minor is None:
            del self.guaranteed_bonus_minor
        if not self.salary_minor.raw_data:
            self._show_present(found)
        return self

    def _show_present(self, found: PlacementDetail) -> None:
        self.salary_minor.data = to_major(found.salary_minor, found.currency)
        if "guaranteed_bonus_minor" in self:
            self.guaranteed_bonus_minor.data = to_major(found.guaranteed_bonus_minor or 0, found.currency)
        if found.fee_bp is None:
            self.flat_fee_minor.data = to_major(found.fee_minor, found.currency)
        else:
            self.fee_bp.data = bp_to_percent(found.fee_bp)
        self.start_date.data = found.start_date

    def figures(self) -> dict[str, Any]:
        """Return the amounts and the percentage; a flat fee that stands does not hide a percentage that was typed."""
        currency, flat = self.found.currency, self.flat_fee_minor.minor(self.found.currency)
        percentage = None if self.fee_bp.data is None else self.fee_bp.bp
        stands = self.found.fee_bp is None and flat == self.found.fee_minor
        bonus = self.guaranteed_bonus_minor.minor(currency) if "guaranteed_bonus_minor" in self else None
        return {
            "salary_minor": self.salary_minor.minor(currency) or 0,
            "guaranteed_bonus_minor": bonus,
            "fee_bp": percentage,
            "flat_fee_minor": None if stands and percentage is not None else flat,
        }

    def to_input(self) -> dict[str, Any]:
        return {
            "right": Right(**self.figures(), start_date=self.start_date.data),
            "reason": self.reason.data or "",
            "version": read_version(self.version),
            "accept_ended": bool(self.accept_ended.data),
        }


class UndoForm(CommandForm):
    """Ask why what was recorded last is undone."""

    reason = TextAreaField("Reason", [InputRequired("Enter a reason; both sides will read it.")], id="undo-reason")
    version = HiddenField(id="undo-version")


class ExtensionAnswerForm(CommandForm):
    agreed = HiddenField()
    version = HiddenField()


class ExtendForm(CommandForm):
    additional_days = DaysField("Days to add", [InputRequired("Enter how many days to add.")], id="extend-days")
    reason = TextAreaField(
        "Reason", [InputRequired("Enter a reason; all collaborators will read it.")], id="extend-reason"
    )
    version = HiddenField(id="extend-version")


class RequestReplacementForm(CommandForm):
    deadline = DayField("Needed by", [InputRequired("Choose a date.")], id="request-deadline")
    notes = TextAreaField("Notes for recruiters", id="request-notes")
    version = HiddenField(id="request-version")


class LinkReplacementForm(CommandForm):
    """Ask which placement takes the place of the failed one."""

    replacement_id = SelectField("Replacement", [InputRequired("Choose a placement."), is_id], validate_choice=False)
    notes = TextAreaField("Notes")
    version = HiddenField()

    def offer(self, linked: Iterable[Linked]) -> LinkReplacementForm:
        listed = ((one.id, one.candidate_name) for one in linked)
        self.replacement_id.choices = choices(listed, nothing="Choose a placement")
        return self
