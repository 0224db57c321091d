"""Event files, which calendars open (RFC 5545, ADR 0074)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar keeps of an appointment; `version` counts its changes, and `sender` is who publishes it."""

    id: uuid.UUID
    version: int
    written_at: datetime
    starts_at: datetime
    minutes: int
    title: str
    place: str
    notes: str
    url: str
    sender: str
    is_off: bool = False


def event_file(entry: Entry) -> bytes:
    """Write an entry so that a calendar adds it, moves the one it has, or takes it out when it is off."""
    from icalendar import Calendar, Event, vCalAddress  # noqa: PLC0415  # a tenth of a second of each process's start

    name, address = parseaddr(entry.sender)
    starts_at = entry.starts_at.astimezone(UTC)
    event, calendar = Event(), Calendar()
    event.add("uid", f"{entry.id}@{address.rpartition('@')[2]}")
    event.add("sequence", entry.version)
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=entry.minutes))
    event.add("summary", entry.title)
    event.add("description", entry.notes)
    event.add("url", entry.url)
    if entry.place:
        event.add("location", entry.place)
    event.add("organizer", vCalAddress(f"mailto:{address}", params={"CN": name or address}))
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    calendar.add("prodid", "-//Splits portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if entry.is_off else "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
