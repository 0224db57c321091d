"""Several candidates of the list claimed, or proposed for one job: chosen, asked once, told by name what was not."""

from __future__ import annotations

import html
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from portal.domain.profiles import Profile
from portal.runtime.clock import simulated
from portal.services import jobs
from portal.services.candidates import candidates, ownership
from portal.services.candidates.contacts import CandidateInput
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import inputs
from tests.marketplace import claimed, posted, proposed

FILTERED = "protected=free&sort=name"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def added(cast: Cast, name: str, **profile: Any) -> str:
    email = f"{name.split()[0].lower()}@people.test"
    typed = CandidateInput(full_name=name, email=email, profile=Profile(**profile))
    return str(candidates.add(actor=cast.actor(cast.rita), input=typed))


def page_of(act: str, ids: list[str], **more: str) -> str:
    return f"/candidates/chosen/{act}?" + urlencode([("c", id) for id in ids] + list(more.items()))


def test_several_are_claimed_and_the_list_comes_back_as_it_was(cast: Cast) -> None:
    rita, ids = cast.client(cast.rita), [added(cast, name) for name in ("Ada Free", "Bea Late")]
    mine = str(claimed(cast, name="Cy Mine"))
    assert f"/candidates?{html.escape(FILTERED)}&amp;pick=1" in rita.get(f"/candidates?{FILTERED}").text
    assert rita.get(f"/candidates?{FILTERED}&pick=1").text.count('name="c"') == 2
    url = page_of("claim", [*ids, mine], list=FILTERED)
    asked = rita.get(url).text
    assert "Claim 2 candidates?" in asked
    assert "Cy Mine: yours until" in asked
    assert inputs(asked, "/candidates/chosen/claim")["list"] == FILTERED
    ownership.claim(uuid.UUID(ids[1]), actor=cast.actor(cast.omar), source_method="event")
    form = {"c": ids, "source_method": "referral", "list": FILTERED}
    refused = rita.post_form("/candidates/chosen/claim", {**form, "source_method": ""}, page=url)
    assert (refused.status_code, "Choose a source." in refused.text) == (422, True)
    assert rita.post_form("/candidates/chosen/claim", form, page=url).location == f"/candidates?{FILTERED}"
    told = html.unescape(rita.get(f"/candidates?{FILTERED}").text)
    assert "1 candidate claimed." in told
    assert "Bea Late was not claimed. Another recruiter has claimed this candidate until 24 Nov 2027." in told
    assert rita.get(page_of("claim", ids, list="sort=evil")).location == "/candidates?pick=1"


def test_several_are_proposed_with_their_pitches_and_what_does_not_work_is_said_before(cast: Cast) -> None:
    job_id, rita = str(posted(cast)), cast.client(cast.rita)
    ids = [str(claimed(cast, name=name)) for name in ("Ada One", "Bea Two")]
    proposed(cast, candidate_id=uuid.UUID(ids[1]), job_id=uuid.UUID(job_id))
    url = page_of("propose", [*ids, added(cast, "Cy Unclaimed")], list="sort=name")
    rita.get(url)
    with statements() as seen:
        asked = html.unescape(rita.get(f"{url}&job={job_id}").text)
    assert len(seen) <= 6, seen
    assert "Already proposed for this job." in asked
    assert "Claim the candidate first." in asked
    assert "20% of first-year base salary" in asked
    form = inputs(asked, "/candidates/chosen/propose")
    assert [name for name in form if name.endswith("include")] == ["rows-0-include"]
    form |= {"job_id": job_id, "rows-0-pitch": " ", "rows-1-pitch": "Kept."}
    empty = rita.post_form("/candidates/chosen/propose", form, page=url)
    assert (empty.status_code, "Explain why this candidate fits." in empty.text) == (422, True)
    assert 'value="Kept."' in empty.text
    done = rita.post_form("/candidates/chosen/propose", {**form, "rows-0-pitch": "Fits."}, page=url)
    assert done.location == "/candidates?sort=name"
    assert "1 proposal sent." in rita.get("/candidates").text


def test_each_salary_is_the_profile_s_and_each_pitch_is_shown_as_the_company_reads_it(cast: Cast) -> None:
    rita, jobs_of = cast.client(cast.rita), [str(posted(cast, currency=currency)) for currency in ("EUR", "USD")]
    ids = [added(cast, name, expected_salary_minor=9_500_000, currency="EUR") for name in ("Ada One", "Bea Two")]
    for id in ids:
        ownership.claim(uuid.UUID(id), actor=cast.actor(cast.rita), source_method="event")
    form = inputs(rita.get(page_of("propose", ids, job=jobs_of[0])).text, "/candidates/chosen/propose")
    assert [form[f"rows-{at}-expected_salary_minor"] for at in (0, 1)] == ["95000", "95000"]
    form |= {"rows-0-pitch": "Ada was my lead.", "rows-1-pitch": "Ada knows her.", "rows-1-expected_salary_minor": ""}
    looked = rita.post_form("/candidates/chosen/propose/preview", {**form, "job_id": jobs_of[0]}).text
    assert inputs(looked, "/candidates/chosen/propose")["rows-1-expected_salary_minor"] == ""  # was removed
    assert looked.count("<del>Ada</del>") == 1
    other = rita.post_form("/candidates/chosen/propose/preview", {**form, "job_id": jobs_of[1]}).text
    assert inputs(other, "/candidates/chosen/propose")["rows-0-expected_salary_minor"] == ""  # dollars are no euros
    one = {name: form[name] for name in ("rows-0-candidate_id", "rows-0-pitch")}
    part = rita.post_htmx("/candidates/chosen/propose/seen", one).text
    assert "<del>Ada</del> <ins>A. O.</ins> was my lead." in part
    assert "rows-0-pitch" not in part
    assert "rows-0-pitch" in rita.post_form("/candidates/chosen/propose/seen", one).text
    assert cast.client(cast.omar).post_htmx("/candidates/chosen/propose/seen", one).text.strip() == ""


def test_who_was_proposed_meanwhile_is_named_and_what_was_typed_comes_back(cast: Cast) -> None:
    job_id, rita = str(posted(cast, title="First")), cast.client(cast.rita)
    ids = [str(claimed(cast, name=name)) for name in ("Ada One", "Bea Two")]
    form = inputs(rita.get(page_of("propose", ids, job=job_id)).text, "/candidates/chosen/propose")
    form |= {"job_id": job_id, "rows-0-pitch": "Long thought.", "rows-1-pitch": "Even longer."}
    proposed(cast, candidate_id=uuid.UUID(ids[1]), job_id=uuid.UUID(job_id))
    late = rita.post_form("/candidates/chosen/propose", form)
    said = html.unescape(late.text)
    assert late.status_code == 409
    assert "Nothing was sent. Bea Two: This candidate has already been proposed for this job." in said
    assert "Long thought.</textarea>" in said
    again = inputs(late.text, "/candidates/chosen/propose")
    assert again["rows-1-pitch"] == "Even longer."
    other = {**again, "job_id": str(posted(cast, title="Second")), "rows-0-pitch": "Long thought."}
    shown = rita.post_htmx("/candidates/chosen/propose/preview", other).text
    assert "Even longer.</textarea>" in shown  # for the other job she can be proposed
    assert shown.count("checked") == 2
    gone = posted(cast)
    jobs.change_status(gone, actor=cast.actor(cast.carl), status="closed")
    closed = rita.post_form("/candidates/chosen/propose", {**other, "job_id": str(gone)})
    assert (closed.status_code, "Long thought.</textarea>" in closed.text) == (422, True)


def test_who_may_not_chooses_nothing(cast: Cast) -> None:
    id = added(cast, "Ada Free")
    omar, pia, hana = (cast.client(one) for one in (cast.omar, cast.pia, cast.hana))
    for client in (pia, hana):
        assert "pick=1" not in client.get("/candidates").text
        assert client.get(page_of("propose", [id])).status_code == 403
    assert hana.get(page_of("claim", [id])).status_code == 403
    assert pia.get(page_of("claim", [id])).location == "/candidates?pick=1"
    said = {"c": id, "source_method": "event"}
    assert pia.post_form("/candidates/chosen/claim", said, page="/account").status_code == 403
    assert omar.get(page_of("claim", [id])).location == "/candidates?pick=1"
    assert omar.post_form("/candidates/chosen/claim", said, page="/account").status_code == 404
    for ids in ([], [id]):
        assert omar.get(page_of("propose", ids)).location == "/candidates?pick=1"
