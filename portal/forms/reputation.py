"""Forms about scores: rating a team mate, contesting an input, ruling on that."""

from __future__ import annotations

import uuid
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.forms.choices import choices
from portal.forms.figures import read_id
from portal.queries.reputation.appeals import Choice

STARS = ("Would not work together again", "Difficult", "Fine", "Good", "Outstanding")


class RatingForm(FlaskForm):
    """Ask what it was like to work with one team mate."""

    recruiter_id = HiddenField()
    stars = RadioField(
        "Stars",
        [InputRequired("Choose 1 to 5 stars.")],
        choices=choices((n, f"{n}: {word}") for n, word in enumerate(STARS, 1)),
    )
    remark = TextAreaField(
        "Comment", description="Only platform admins can read it, and only if the rating is appealed."
    )

    def to_input(self) -> dict[str, Any]:
        return {
            "recruiter_id": read_id(self.recruiter_id.data) or uuid.UUID(int=0),
            "stars": int(self.stars.data),
            "remark": self.remark.data or "",
        }


class AppealForm(FlaskForm):
    input = SelectField("Result", [InputRequired("Choose the result to appeal.")], validate_choice=False)
    reason = TextAreaField("Why it shouldn’t count", [InputRequired("Say why it shouldn’t count.")])

    def offer(self, results: tuple[Choice, ...]) -> AppealForm:
        self.input.choices = choices(((one.value, one.label) for one in results), nothing="Choose one")
        return self

    def to_input(self) -> dict[str, Any]:
        kind, _, input_id = (self.input.data or "").partition(":")
        return {"kind": kind, "input_id": read_id(input_id) or uuid.UUID(int=0), "reason": self.reason.data or ""}


class RulingForm(FlaskForm):
    """Ask whether the input still counts, and why."""

    decision = RadioField(
        "Ruling",
        [InputRequired("Choose one.")],
        choices=choices({"exclude": "Exclude it from the score", "keep": "Keep it in the score"}),
    )
    ruling = TextAreaField("Reason (the recruiter will see it)", [InputRequired("Enter a reason.")])

    def to_input(self) -> dict[str, Any]:
        return {"exclude": self.decision.data == "exclude", "ruling": self.ruling.data or ""}
