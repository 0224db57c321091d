"""Forms of interviews: when they are, how they went, and the stages of a job."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.interviews import MOST_STAGES, OUTCOME_LABELS, USUAL, Appointment, Outcome, stages_mark
from portal.domain.times import by_the_clock
from portal.forms.choices import choices
from portal.forms.figures import read_id, read_version
from portal.forms.placements import DayField
from portal.queries.interviews import InterviewLine, Stages
from portal.queries.proposals.assignments import Decider
from portal.services.interviews import Feedback, StageInput

LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240, 480)
_TYPED = "%Y-%m-%d %H:%M"
INTERNAL, SHARED = "internal", "shared"
READERS = choices({INTERNAL: "Your company only", SHARED: "Your company and the recruiter, who is notified"})


class ClockField(TimeField):
    """Take a time of day."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; nothing typed is None."""
        try:
            super().process_formdata([text for text in valuelist if text.strip()])
        except ValueError as error:
            raise ValueError("Enter a time, for example 14:30.") from error


class ScheduleForm(FlaskForm):
    """Ask at which stage an interview is, when, with whom and where; the clock is that of the company."""

    stage = SelectField("Stage", [InputRequired("Choose a stage.")], validate_choice=False)
    starts_at = DayField("Date", [InputRequired("Choose a date.")])
    clock = ClockField("Time", [InputRequired("Enter a time.")])
    minutes = SelectField("Length", coerce=int, default=USUAL)
    participants = SelectMultipleField(
        "Participants", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    with_whom = StringField("Guests")
    place = StringField("Place or link")
    version = HiddenField()

    @classmethod
    def of(
        cls, stages: Stages, people: Iterable[Decider], zone: str, held: set[str], line: InterviewLine | None = None
    ) -> ScheduleForm:
        """Make the form of a new interview, at the first stage that isn't held yet, or of one that there is."""
        first = next((stage.name for stage in stages.stages if stage.name not in held), None)
        form = cls(**(_shown(line, zone) if line else {"stage": first}))
        form.stage.choices = choices((stage.name, stage.name) for stage in stages.stages)
        form.participants.choices = choices((person.user_id, person.name) for person in people)
        lengths = sorted({*LENGTHS, *([line.minutes] if line else [])})
        form.minutes.choices = [SelectChoice(length, f"{length} minutes") for length in lengths]
        return form

    def to_input(self, zone: str, line: InterviewLine | None = None) -> Appointment:
        """Return a new appointment, or what becomes of the one that there is."""
        return Appointment(
            stage=self.stage.data or "",
            starts_at=self._starts_at(zone, line),
            minutes=self.minutes.data,
            participants=frozenset(uuid.UUID(text) for text in self.participants.data or ()),
            with_whom=self.with_whom.data or "",
            place=self.place.data or "",
        )

    def _starts_at(self, zone: str, line: InterviewLine | None) -> datetime:
        """Return the time of the interview if that is still what the form says: when clocks go back, two times are."""
        day, clock = self.starts_at.data, self.clock.data
        assert day is not None, "the form wants a day"
        if line and line.starts_at.astimezone(ZoneInfo(zone)).strftime(_TYPED) == f"{day} {clock:%H:%M}":
            return line.starts_at
        return by_the_clock(day, clock, zone, name="clock")


def _shown(line: InterviewLine, zone: str) -> dict[str, Any]:
    local = line.starts_at.astimezone(ZoneInfo(zone))
    said = {name: getattr(line, name) for name in ("stage", "minutes", "with_whom", "place", "version")}
    said["participants"] = [str(one.user_id) for one in line.participants]
    return {**said, "starts_at": local.date(), "clock": local.time()}


class ResultForm(FlaskForm):
    """Ask how an interview went, what the recruiter may read of it and what stays inside."""

    outcome = RadioField("Result", [InputRequired("Choose a result.")])
    shared = TextAreaField("Feedback for the recruiter")
    internal = TextAreaField("Internal note")
    version = HiddenField()

    @classmethod
    def of(cls, line: InterviewLine, now: datetime) -> ResultForm:
        """Make the form of an interview: what is its result already is not offered again, nor any before it began."""
        form = cls(version=line.version)
        offered = [outcome for outcome in OUTCOME_LABELS if outcome != line.outcome]
        if now < line.starts_at:
            offered = [Outcome.CANCELLED]
        form.outcome.choices = choices((outcome, OUTCOME_LABELS[outcome]) for outcome in offered)
        return form

    @property
    def only(self) -> str:
        """Return the one result that is offered, which needs no question."""
        (first, *others) = self.outcome.choices
        return "" if others else str(first.value)

    def to_input(self) -> dict[str, Any]:
        feedback = Feedback(shared=self.shared.data or "", internal=self.internal.data or "")
        return {"outcome": self.outcome.data, "feedback": feedback, "version": read_version(self.version)}


class NoteForm(FlaskForm):
    note = TextAreaField("Feedback", [InputRequired("Enter your feedback.")])
    readers = RadioField("Visible to", choices=READERS, default=INTERNAL)

    def to_input(self) -> dict[str, Any]:
        return {"note": self.note.data or "", "internal": self.readers.data != SHARED}


class StageForm(Form):
    """One stage; a row without a name is ignored."""

    id = HiddenField()
    place = SelectField("Position", coerce=int, choices=[SelectChoice(n, str(n)) for n in range(1, MOST_STAGES + 1)])
    name = StringField("Name")


class StagesForm(FlaskForm):
    seen = HiddenField()
    stages = FieldList(FormField(StageForm), max_entries=MOST_STAGES)

    @classmethod
    def of(cls, present: Stages) -> StagesForm:
        """Make the form of a job's stages, whatever was sent, with empty rows for as many as there may be."""
        rows: list[dict[str, object]] = [{"id": stage.id or "", "name": stage.name} for stage in present.stages]
        rows += [{"id": "", "name": ""}] * (MOST_STAGES - len(rows))
        placed = [{**row, "place": place} for place, row in enumerate(rows, 1)]
        return cls(None, seen=stages_mark((s.id, s.name) for s in present.stages), stages=placed)

    def to_input(self) -> Sequence[StageInput]:
        """Return the named stages in the order of their positions."""
        rows = sorted((row.form for row in self.stages), key=lambda row: row.place.data)
        named = [row for row in rows if (row.name.data or "").strip()]
        return [StageInput(row.name.data, read_id(row.id.data)) for row in named]
