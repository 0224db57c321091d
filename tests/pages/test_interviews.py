"""Interviews on pages: scheduled, recorded and noted, with and without script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from portal.queries import interviews as queries
from portal.runtime.clock import simulated
from tests.cast import DAY, Cast
from tests.checking_client import inputs
from tests.hires import accepted, move_company
from tests.interviews import AFTER, scheduled
from tests.marketplace import posted, proposed

SECRET = "Zinfandel pay is above our band"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_an_interview_is_scheduled_moved_and_recorded_in_dialogs(cast: Cast) -> None:
    proposal_id, hana = accepted(cast), cast.client(cast.hana)
    page, new = f"/proposals/{proposal_id}", f"/proposals/{proposal_id}/interviews/new"
    typed = {"stage": "Screening", "starts_at": "2026-11-25", "clock": "10:30", "minutes": "45", "with_whom": "Yusuf"}
    typed["participants"] = str(cast.hana.user_id)
    refused = hana.post_htmx(new, {**typed, "clock": "half past"}, page=page)
    assert refused.status_code == 422
    assert "Enter a time, for example 14:30." in refused.text
    panel = hana.post_htmx(new, typed, page=page).text
    assert "Interview scheduled. The recruiter and participants have been notified." in panel
    assert "with Hana, Yusuf" in panel
    (made,) = {part.split("/")[0] for part in panel.split("/interviews/")[1:] if part[8] == "-"}
    known = inputs(hana.get(f"/interviews/{made}/edit").text, f"/interviews/{made}/edit")
    assert (known["starts_at"], known["clock"]) == ("2026-11-25", "10:30")
    assert "<option selected>Technical" in hana.get(new).text
    moved = hana.post_form(f"/interviews/{made}/edit", {**typed, "clock": "11:00", "version": "1"})
    assert (moved.status_code, moved.location) == (303, f"{page}#interviews")
    result = f"/interviews/{made}/result"
    assert ("Cancel interview" in hana.get(page).text, "Record result" in hana.get(page).text) == (True, False)
    assert inputs(hana.get(result).text, result)["outcome"] == "cancelled"  # the only one before it begins
    with simulated(AFTER):
        said = {"outcome": "passed", "shared": "Clear and quick.", "internal": SECRET, "version": "2"}
        hana.post_form(result, said)
        ours, theirs = (cast.client(who).get(page).text for who in (cast.hana, cast.rita))
    assert SECRET in ours
    assert "Record result" not in ours
    assert "Clear and quick." in theirs
    assert SECRET not in theirs
    assert "with Hana, Yusuf" in theirs


SECOND_TIMES = [  # zone, the second time of two that the clocks show as they go back, and what they show
    ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30"),
    ("America/New_York", datetime(2026, 11, 1, 6, 15, tzinfo=UTC), "01:15"),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 10, tzinfo=UTC), "01:40"),
]


@pytest.mark.parametrize(("zone", "at", "clock"), SECOND_TIMES)
def test_an_interview_that_is_not_moved_keeps_its_time_when_clocks_go_back(
    cast: Cast, zone: str, at: datetime, clock: str
) -> None:
    move_company(cast, zone)
    with simulated(at - timedelta(days=7)):
        interview_id, hana = scheduled(cast, accepted(cast), at), cast.client(cast.hana)
        edit = f"/interviews/{interview_id}/edit"
        shown = inputs(hana.get(edit).text, edit)
        assert shown["clock"] == clock
        said = {name: shown[name] for name in ("starts_at", "clock", "version")}
        hana.post_form(edit, {**said, "stage": "Technical", "minutes": "60", "place": "Room 1"})
        line = queries.interview(interview_id, viewer=cast.actor(cast.hana))
    assert (line.starts_at, line.place) == (at, "Room 1")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0026-11-25"])
def test_an_interview_in_a_year_that_is_mistyped_is_refused(cast: Cast, day: str) -> None:
    new, hana = f"/proposals/{accepted(cast)}/interviews/new", cast.client(cast.hana)
    for zone in ("America/New_York", "Asia/Kathmandu"):
        move_company(cast, zone)
        typed = {"stage": "Technical", "starts_at": day, "minutes": "60"}
        for clock in ("00:30", "23:30"):
            refused = hana.post_form(new, {**typed, "clock": clock})
            assert (refused.status_code, "Choose a date up to 30 days back" in refused.text) == (422, True)


def test_feedback_is_internal_unless_it_is_shared(cast: Cast) -> None:
    proposal_id = accepted(cast)
    page, notes = f"/proposals/{proposal_id}", f"/interviews/{scheduled(cast, proposal_id)}/notes"
    carl = cast.client(cast.carl)
    assert "<legend>Visible to</legend>" in carl.get(notes).text  # one of them is chosen: nothing is optional
    assert "Enter your feedback." in carl.post_htmx(notes, {"note": ""}, page=notes).text
    assert "Internal" in carl.post_htmx(notes, {"note": "Quiet one."}, page=notes).text
    carl.post_form(notes, {"note": "Ask for slides.", "readers": "shared"})
    theirs = cast.client(cast.rita).get(page).text
    assert "Ask for slides." in theirs
    assert "Quiet one." not in theirs


def test_the_stages_of_a_job_are_named_and_ordered(cast: Cast) -> None:
    job_id, carl = posted(cast), cast.client(cast.carl)
    url = f"/jobs/{job_id}/stages"
    assert 'value="Technical"' in carl.get(url).text
    assert f'href="{url}"' in carl.get(f"/jobs/{job_id}").text
    rows = {1: ("2", "Panel"), 2: ("1", "Call"), 3: ("3", " ")}
    said = {
        f"stages-{n}-{name}": value
        for n, row in rows.items()
        for name, value in zip(("place", "name"), row, strict=True)
    }
    assert carl.post_form(url, said).status_code == 303
    shown = carl.get(url).text
    assert shown.index('value="Call"') < shown.index('value="Panel"')
    assert 'name="seen"' in shown
    stale = carl.post_form(url, {**said, "stages-2-name": "Chat", "seen": "of an older page"})
    assert (stale.status_code, "The stages have changed" in stale.text) == (409, True)
    assert not {value for value in ("Chat", "of an older page") if f'value="{value}"' in stale.text}
    twice = {**said, "stages-1-name": "call"}
    assert "Give each stage a different name." in carl.post_form(url, twice).text
    assert cast.client(cast.zoe).get(url).status_code == 404
    assert cast.client(cast.hana).get(url).status_code == 403


def test_who_is_not_accepted_is_shown_no_dialog(cast: Cast) -> None:
    proposal_id, hana = proposed(cast), cast.client(cast.hana)
    assert hana.get(f"/proposals/{proposal_id}/interviews/new").status_code == 303
    assert "Schedule interview" not in hana.get(f"/proposals/{proposal_id}").text


def test_both_sides_take_an_interview_to_come_into_their_calendars(cast: Cast) -> None:
    proposal_id = accepted(cast)
    made = scheduled(cast, proposal_id)
    url = f"/interviews/{made}/calendar"
    for person in (cast.rita, cast.hana):
        client = cast.client(person)
        assert f'href="{url}"' in client.get(f"/proposals/{proposal_id}").text
        file = client.get(url)
        assert (file.mimetype, file.headers["Content-Disposition"]) == (
            "text/calendar",
            "attachment; filename=interview.ics",
        )
        assert "SUMMARY:Technical interview: Maya Okafor" in file.text
    assert cast.client(cast.zoe).get(url).status_code == 404
    with simulated(AFTER):
        cast.client(cast.hana).post_form(f"/interviews/{made}/result", {"outcome": "passed"})
        assert f'href="{url}"' not in cast.client(cast.rita).get(f"/proposals/{proposal_id}").text
