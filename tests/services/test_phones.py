"""Numbers that a spreadsheet lengthened are mended where it is certain, and nowhere else."""

from __future__ import annotations

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.mailers import post
from portal.models import Candidate
from portal.runtime.clock import simulated
from portal.services.candidates import phones
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.marketplace import claimed


def stored(candidate_id: uuid.UUID, number: str | None = None) -> str | None:
    """Return a candidate's number, after storing another one as an earlier release did."""
    with Session(db.engine) as session, session.begin():
        if number is not None:
            values = {"phone": number, "phone_key": number}
            session.execute(update(Candidate).values(values).where(Candidate.id == candidate_id))
        return session.get_one(Candidate, candidate_id).phone


def test_only_what_can_be_one_number_alone_is_mended(cast: Cast) -> None:
    right = {
        "+141555501320": "+14155550132",
        "+331234567800": "+33123456780",
        "+4915112345670": None,  # ends with a zero of its own
        "+3912345": None,
        "+14155550132000": None,  # three zeros are no decimals
    }
    assert {number: phones.right_number(number) for number in right} == right


def test_the_command_lists_and_mends_what_nobody_else_has(cast: Cast) -> None:
    with simulated(DAY):
        wrong, twin, taken = (claimed(cast, name=name) for name in ("Ada Bee", "Ada Cee", "Ada Dee"))
        stored(wrong, "+141555501320"), stored(twin, "+331234567800"), stored(taken, "+33123456780")
        run = cast.app.test_cli_runner().invoke
        assert "2 numbers with extra zeros" in run(args=["candidates", "phones"]).output
        assert stored(wrong) == "+141555501320"
        said = run(args=["candidates", "phones", "--mend"]).output
        assert f"/candidates/{wrong}: +141555501320 is +14155550132." in said
        assert f"/candidates/{twin}: +331234567800 would be +33123456780, but another candidate has it." in said
        assert (stored(wrong), stored(twin)) == ("+14155550132", "+331234567800")
        assert written("candidate.changed")[-1]["changed"] == ["phone"]
        assert len(list(phones.lengthened(actor=post.system()))) == 1
