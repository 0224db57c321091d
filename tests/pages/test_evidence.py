"""The evidence pack of a dispute: one download that verifies without the portal."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import evidence_pack
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import EventSeal, Placement
from portal.runtime.clock import simulated
from portal.services.disputes import clocks
from portal.services.log import chain
from tests.cases import case
from tests.cast import DAY, Cast
from tests.checking_client import read
from tests.marketplace import claimed, later, proposed
from tests.money import started


def claimed_first(cast: Cast) -> uuid.UUID:
    """Let rita claim a candidate before a case is opened."""
    with simulated(DAY):
        return claimed(cast)


def test_a_party_downloads_the_evidence_and_nobody_else(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    answer = cast.client(cast.rita).get(f"/disputes/{id}/evidence.zip")
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    assert evidence_pack.findings(tmp_path, {}) == []
    summary = (tmp_path / "summary.html").read_text()
    assert "Left out of this pack: other people’s names, companies and messages" in summary
    assert "Sourcing credit claimed" in summary
    assert cast.client(cast.zoe).get(f"/disputes/{id}/evidence.zip").status_code == 404


def test_nothing_is_left_out_for_the_platform(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    answer = cast.client(cast.pia).get(f"/disputes/{id}/evidence.zip")
    assert "Nothing was left out" in zipfile.ZipFile(io.BytesIO(answer.data)).read("summary.html").decode()


def test_a_page_shows_the_rule_its_facts_and_the_entries(cast: Cast) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    with simulated(later(days=3)):
        page = cast.client(cast.omar).get(f"/disputes/{id}").text
    assert "First valid claim" in page
    assert "Keep the sourcing credit as it is" in page
    assert "decided by rule" not in page  # nobody answered yet, and the time to answer runs
    assert page.count("Not sealed yet") == 2


def test_a_party_opens_each_entry_of_the_evidence_as_far_as_it_may_read_it(cast: Cast) -> None:
    candidate_id = claimed_first(cast)
    id = case("candidate", cast.omar, cast.rita, candidate_id=candidate_id)
    chain.seal_pending(actor=cast.actor(cast.pia))
    with simulated(later(days=3)):
        omar = cast.client(cast.omar)
        first, second = entries(omar.get(f"/disputes/{id}").text, f"/disputes/{id}/log/")
        shown = omar.get(second).text
        assert "Sourcing credit claimed" in shown
        assert "The checkpoint of entry" in shown
        assert sealed(second) in shown
        for who, there in ((cast.rita, 200), (cast.pia, 200), (cast.zoe, 404), (cast.carl, 404)):
            assert cast.client(who).get(first).status_code == there, who.name
        assert omar.get(first.rpartition("/")[0] + f"/{id}").status_code == 404
        assert entries(cast.client(cast.pia).get(f"/disputes/{id}").text, "/admin/events?event=")


def test_each_history_leads_its_readers_to_their_entries(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = started(cast)
        candidate_id, proposal_id = about(placement_id)
        chain.seal_pending(actor=cast.actor(cast.pia))
        for path in (f"candidates/{candidate_id}", f"proposals/{proposal_id}", f"placements/{placement_id}"):
            for who in (cast.rita, cast.carl):
                reader = cast.client(who)
                opened = entries(reader.get(f"/{path}").text, f"/{path}/log/")
                assert sealed(opened[-1]) in reader.get(opened[-1]).text, (path, who.name)
                assert cast.client(cast.zoe).get(opened[-1]).status_code == 404
        money = entries(cast.client(cast.omar).get(f"/placements/{placement_id}/money").text, "/placements/")
        assert cast.client(cast.omar).get(money[0]).status_code == 200


def entries(page: str, start: str) -> list[str]:
    """Return where the log entries of a page lead."""
    links = read(page)[0].select("small.entry a")
    return [link.attrs["href"] for link in links if link.attrs["href"].startswith(start)]


def sealed(path: str) -> str:
    """Return the hash of the entry at an address."""
    with Session(db.engine) as session:
        query = select(EventSeal.hash).where(EventSeal.event_id == uuid.UUID(path.rpartition("/")[2]))
        return session.scalars(query).one().hex()


def about(placement_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    with Session(db.engine) as session:
        row = session.get_one(Placement, placement_id)
        return row.candidate_id, row.proposal_id


def test_what_is_one_sided_is_decided_by_the_rule_once_the_time_to_answer_is_over(cast: Cast) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    with simulated(later(days=9)):
        pia = cast.client(cast.pia)
        assert "decided by rule" in pia.get(f"/disputes/{id}").text
        clocks.run(actor=system_actor(later(days=9)))
        token = {"csrf_token": pia.csrf_token(f"/disputes/{id}")}
        assert pia.post(f"/disputes/{id}/confirm", data=token).status_code == 303
        assert "Decided by rule: First valid claim" in cast.client(cast.rita).get(f"/disputes/{id}").text


def test_both_sides_of_a_proposal_read_its_evidence(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast)
        proposal_id = proposed(cast, candidate_id=candidate_id)
        id = case("proposal", cast.rita, candidate_id=candidate_id, proposal_id=proposal_id, company=cast.acme)
        asked = [f"/disputes/{id}{end}" for end in ("", "/evidence.zip")]
        for who, status in ((cast.rita, 200), (cast.carl, 200), (cast.pia, 200), (cast.zoe, 404), (cast.omar, 404)):
            assert [cast.client(who).get(path).status_code for path in asked] == [status, status], who.name
