"""Interviews in calendars: a file that adds an entry, moves it and takes it out (ADR 0074)."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar

from portal.mailers import post
from portal.services import interviews
from portal.services.interviews import Feedback
from tests.cast import Cast, Person
from tests.hires import accepted
from tests.interviews import TOMORROW, appointment, scheduled
from tests.mailers.sink import Sink


def calendars(sink: Sink, who: Person) -> list[Calendar]:
    """Return the calendars of the files that a person gets now, in the order of their mails."""
    before = set(sink.kept)
    post.relay()
    post.drain()
    letters = [letter for name, letter in sink.kept.items() if name not in before and who.email in str(letter["To"])]
    files = [part for letter in letters for part in letter.walk() if part.get_content_type() == "text/calendar"]
    return [Calendar.from_ical(part.get_payload(decode=True)) for part in files]


def entries(sink: Sink, who: Person) -> list[tuple[str, object, int, str]]:
    """Return of each file the method, the start, the sequence and the place."""
    found = [(one, one.walk("VEVENT")[0]) for one in calendars(sink, who)]
    return [(str(c["METHOD"]), e["DTSTART"].dt, int(e["SEQUENCE"]), str(e.get("LOCATION", ""))) for c, e in found]


def test_an_interview_is_added_moved_and_taken_out(cast: Cast, sink: Sink) -> None:
    made = scheduled(cast, accepted(cast), place="Room 4; second floor")
    (added,) = calendars(sink, cast.rita)
    event = added.walk("VEVENT")[0]
    assert (event["UID"], str(event["SUMMARY"])) == (
        f"{made}@localhost",
        "Technical interview: Maya Okafor, Staff ML Engineer",
    )
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (TOMORROW, TOMORROW + timedelta(hours=1))
    assert (str(event["LOCATION"]), str(event["STATUS"])) == ("Room 4; second floor", "CONFIRMED")
    later = TOMORROW + timedelta(hours=3)
    interviews.change(made, actor=cast.actor(cast.hana), input=appointment(later, place="Room 5"))
    assert entries(sink, cast.rita) == [("PUBLISH", later, 2, "Room 5")]
    interviews.record(made, actor=cast.actor(cast.hana), outcome="cancelled", feedback=Feedback())
    assert entries(sink, cast.rita) == [("CANCEL", later, 3, "Room 5")]


def test_who_takes_part_no_more_has_it_taken_out_and_a_late_mail_carries_the_newest(cast: Cast, sink: Sink) -> None:
    carl, hana = frozenset({cast.carl.user_id}), cast.actor(cast.hana)
    made = scheduled(cast, accepted(cast), participants=carl)
    later = TOMORROW + timedelta(hours=3)
    interviews.change(made, actor=hana, input=appointment(later, participants=carl))
    assert entries(sink, cast.carl) == [("PUBLISH", later, 2, "")] * 2
    interviews.change(made, actor=hana, input=appointment(later))
    assert entries(sink, cast.carl) == [("CANCEL", later, 3, "")]
