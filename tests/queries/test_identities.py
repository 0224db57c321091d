"""What a company may not read yet is struck by every name and address that the person's records have or had."""

from __future__ import annotations

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.disclosure import HIDDEN
from portal.domain.profiles import Profile
from portal.extensions import db
from portal.mailers import post
from portal.models import Candidate, Organisation
from portal.queries.proposals import detail
from portal.queries.proposals.disclosure import company_view
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, erasure, merging
from portal.services.candidates.contacts import CandidateInput
from tests.cast import DAY, Cast
from tests.marketplace import claimed, proposed

PITCH = "Lena Brandt, Helena Stern or Ms Weber: lenabee, or 1234567 and rita.w."


def edit(cast: Cast, candidate_id: uuid.UUID, **values: str) -> None:
    candidates.edit(candidate_id, actor=cast.actor(cast.rita), input=CandidateInput(**values), version=None)


def test_former_names_and_those_of_merged_records_are_struck(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast, email="lenabee@mail.test", phone="+49 30 1234567")
        made = proposed(cast, candidate_id=candidate_id, pitch=PITCH)
        second = claimed(cast, name="Helena Stern", email="hs.old@mail.test")
        edit(cast, second, full_name="Hella Stern", email="rita.w@mail.test")
        merging.merge(candidate_id, actor=cast.actor(cast.pia), email="rita.w@mail.test", reason="Her passport.")
        edit(cast, candidate_id, full_name="Nora Weber", email="nora@mail.test")
        struck = f"N. W. or Ms N. W.: {HIDDEN}, or {HIDDEN} and {HIDDEN}."
        assert detail.detail(made, viewer=cast.actor(cast.hana)).pitch == struck
        shown = company_view(candidate_id, PITCH, viewer=cast.actor(cast.rita))
        assert "".join(piece.shown for piece in shown.text) == struck
        assert detail.detail(made, viewer=cast.actor(cast.rita)).pitch == PITCH


def test_the_preview_has_all_that_a_company_reads_of_the_candidate(cast: Cast) -> None:
    with simulated(DAY):
        profile = Profile(right_to_work="EU, says lena@mail.test", languages=("Polish", "German"))
        candidate_id = claimed(cast, title="Engineer", skills=("Go",), profile=profile)
        shown = company_view(candidate_id, "", viewer=cast.actor(cast.rita))
    assert "".join(piece.shown for piece in shown.about) == f"Engineer · Go · EU, says {HIDDEN} · Polish, German"


def test_the_name_of_an_organization_or_of_an_employer_that_others_named_is_no_contact(cast: Cast) -> None:
    pitch = "Came from Booking.com and Wix.com, Monday.com before; see Lb.dev."
    with simulated(DAY), db.engine.begin() as connection:
        called = update(Organisation).where(Organisation.name == "Rival Corp")
        connection.execute(called.values(name="Booking.com B.V."))
        candidate_id = claimed(cast, employer="Wix.com")
        made = proposed(cast, candidate_id=candidate_id, pitch=pitch)
    read = detail.detail(made, viewer=cast.actor(cast.hana)).pitch
    assert read == f"Came from Booking.com and {HIDDEN}, {HIDDEN} before; see {HIDDEN}."  # it may be her own site
    with simulated(DAY):
        claimed(cast, name="Wei Chen", employer="Wix.com")
        assert detail.detail(made, viewer=cast.actor(cast.hana)).pitch == read
        claimed(cast, cast.omar, name="Grace Hope", employer="wix.com")
    read = detail.detail(made, viewer=cast.actor(cast.hana)).pitch
    assert read == f"Came from Booking.com and Wix.com, {HIDDEN} before; see {HIDDEN}."


def test_the_database_keeps_each_former_name_once_and_erasing_empties_them(cast: Cast) -> None:
    with simulated(DAY), Session(db.engine) as session:
        candidate_id = claimed(cast, email="lena@mail.test")
        for name in ("Nora Weber", "Lena Brandt", "Nora Weber", "Nora Weber"):
            session.execute(update(Candidate).values(full_name=name).where(Candidate.id == candidate_id))
        row = session.get_one(Candidate, candidate_id)
        assert [known["full_name"] for known in row.formerly] == ["Lena Brandt", "Nora Weber"]
        session.commit()
        erasure.erase("lena@mail.test", actor=post.system())
        session.expire_all()
        assert (row.full_name != "Nora Weber", row.formerly) == (True, [])
