"""The filter of the event log, read from the address of the page."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import DateField, Field, StringField
from wtforms.validators import Length, Optional, ValidationError

from portal.queries.log.event_log import LogFilter

DAY = timedelta(days=1)
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)


def _printable(text: str | None) -> str:
    """Drop what no person types; the database cannot even compare a NUL."""
    return "".join(c for c in text or "" if c.isprintable()).strip()


class EventFilterForm(FlaskForm):
    """Read and check what to filter by; everything may be left empty."""

    class Meta:
        """Reading changes nothing, so that no token is needed."""

        csrf = False

    type = StringField("Type", [Length(max=100)], [_printable])
    actor = StringField("Actor", [Length(max=200)], [_printable])
    organisation = StringField("Organisation", [Length(max=200)], [_printable])
    subject = StringField("Subject id", [Length(max=36)], [_printable])
    correlation = StringField("Correlation id", [Length(max=64)], [_printable])
    since = DateField("From", [Optional()], name="from")
    until = DateField("To", [Optional()], name="to")

    def validate_subject(self, field: Field) -> None:
        """Ask for an id as the addresses of pages have it."""
        try:
            self.subject_id = uuid.UUID(field.data) if field.data else None
        except ValueError as error:
            raise ValidationError("Subject: paste the id from the address of its page.") from error

    def validate_since(self, field: Field) -> None:
        """Keep to years that a calendar shows."""
        if field.data and not FIRST <= field.data <= LAST:
            raise ValidationError("Choose a day from 2000 on.")

    validate_until = validate_since

    def to_input(self, zone: str) -> LogFilter:
        """Give the filter; days are those of the viewer's zone, both included."""
        return LogFilter(
            type=self.type.data,
            actor=self.actor.data,
            organisation=self.organisation.data,
            subject=self.subject_id,
            correlation=self.correlation.data,
            since=_midnight(self.since.data, zone),
            until=_midnight(self.until.data and self.until.data + DAY, zone),
        )

    def given(self) -> dict[str, str]:
        """Give what is filtered by, by its name in the address."""
        return {f.name: text for f in self if (text := _printable(f.raw_data[0] if f.raw_data else ""))}

    def chips(self) -> list[tuple[str, str]]:
        """Give each active filter in words, with the query of the address without it."""
        given = self.given()
        labels = {f.name: f.label.text for f in self}
        return [
            (f"{labels[name]}: {text}", urlencode({k: v for k, v in given.items() if k != name}))
            for name, text in given.items()
        ]


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(zone)) if day else None
