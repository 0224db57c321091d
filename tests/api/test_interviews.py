"""Interviews by the API and the typed client; what is internal reaches no recruiter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from portal.services import interviews
from portal.services.interviews import Feedback
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import accepted
from tests.interviews import AFTER, TOMORROW, scheduled
from tests.marketplace import posted

SECRET = "Zinfandel pay is above our band"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_no_page_and_no_answer_of_the_api_shows_a_recruiter_an_internal_note(cast: Cast, api: Callers) -> None:
    proposal_id = accepted(cast)
    made = scheduled(cast, proposal_id, place="Room 4")
    with simulated(AFTER):
        feedback = Feedback(shared="Well prepared.", internal=SECRET)
        interviews.record(made, actor=cast.actor(cast.hana), outcome="passed", feedback=feedback)
        rita = cast.client(cast.rita)
        for path in (
            f"/proposals/{proposal_id}",
            f"/proposals?state=accepted&sel={proposal_id}",
            "/notifications",
            "/",
        ):
            assert "Zinfandel" not in rita.get(path).text
        for path in ("proposals", f"proposals/{proposal_id}", f"proposals/{proposal_id}/interviews", "notifications"):
            assert "Zinfandel" not in api.rita.request("GET", path).text
        assert "Zinfandel" in api.hana.request("GET", f"proposals/{proposal_id}/interviews").text
    assert rita.get(f"/interviews/{made}/notes").status_code == 403
    for path in (f"/proposals/{proposal_id}/interviews/new", f"/interviews/{made}/notes"):
        assert cast.client(cast.zoe).get(path).status_code == 404


def test_interviews_by_the_typed_client(api: Callers, cast: Cast) -> None:
    proposal_id = accepted(cast)
    said = {"minutes": 30, "place": "Room 4", "participants": [cast.hana.user_id]}
    made = api.hana.schedule_interview(proposal_id, stage="final", starts_at=TOMORROW, **said)
    assert (made.stage, made.starts_at, made.place, made.version) == ("Final", TOMORROW, "Room 4", 1)
    assert [one.name for one in made.participants] == ["Hana"]
    moved = api.hana.change_interview(made.id, stage="Screening", starts_at=TOMORROW, version=1)
    with pytest.raises(client.Conflict, match="NOT_BEGUN"):
        api.hana.record_result(made.id, outcome="passed")
    with simulated(AFTER):
        done = api.carl.record_result(made.id, outcome="passed", internal_note=SECRET, version=moved.version)
        api.carl.add_interview_note(made.id, note="See you on Monday.", is_internal=False)
        (shown,) = api.rita.interviews(proposal_id).interviews
    assert [note.note for note in done.notes] == [SECRET]
    assert [note.note for note in shown.notes] == ["See you on Monday."]
    with pytest.raises(client.InvalidInput):
        api.hana.schedule_interview(proposal_id, stage="Lunch", starts_at=TOMORROW)


def test_stages_by_the_typed_client(api: Callers, cast: Cast) -> None:
    job_id = posted(cast)
    suggested = api.hana.interview_stages(job_id).stages
    assert [(stage.id, stage.name) for stage in suggested] == [
        (None, "Screening"),
        (None, "Technical"),
        (None, "Final"),
    ]
    (call,) = api.carl.set_interview_stages(job_id, [{"name": "Call"}]).stages
    renamed = api.carl.set_interview_stages(job_id, [{"name": "Panel"}, {"name": "Phone", "id": call.id}]).stages
    assert [(stage.id == call.id, stage.name) for stage in renamed] == [(False, "Panel"), (True, "Phone")]
    with pytest.raises(client.InvalidInput):
        api.carl.set_interview_stages(job_id, [{"name": "Panel"}, {"name": "panel"}])
