"""Each subject of a case in a browser: from where its quarrel starts to a ruling that all read, and to the books."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import CandidateSourcer, CreditNote, Proposal
from portal.runtime.clock import simulated
from portal.services.candidates import ownership
from portal.services.candidates.claims import CandidateProtected
from portal.services.disputes import appeals, cases
from portal.services.placements import placements
from tests.browser.test_pages_axe import signed_in
from tests.cast import DAY, Cast
from tests.hires import accepted, recruiter, team
from tests.marketplace import claimed
from tests.money import invoice_of, started

SAID = "It was agreed otherwise, as the letters of that week show."
WHY = "The letters show what was agreed."


@dataclass(frozen=True, slots=True)
class Walk:
    """The browsers of who opens cases and of the desk; the other sides act through the services."""

    cast: Cast
    pages: dict[str, Page]

    def opened(self, who: str, start: str, link: str) -> str:
        """Open a case from a link of a page, and return its address."""
        page = self.pages[who]
        page.goto(start)
        page.get_by_role("link", name=link).first.click()
        page.get_by_label("Reason").select_option(index=1)
        page.get_by_label("Your statement").fill(SAID)
        page.get_by_label("Requested outcome").fill("Decide it.")
        page.get_by_role("button", name="Open dispute").click()
        expect(page.get_by_text("Frozen until the ruling is final")).to_be_visible()
        return page.url

    def ruled(self, case: str, effect: str, **fields: str) -> None:
        """Rule as the desk, where each entry of the evidence leads to the log."""
        page = self.pages["pia"]
        page.goto(case)
        entries = page.locator(".tl > li")
        expect(entries.locator('a[href^="/admin/events?event="]')).to_have_count(entries.count())
        page.get_by_label(effect).check()
        for name, text in fields.items():
            page.locator(f'[name="{name}"]').fill(text)
        page.get_by_label("Reason (both sides will see it)").fill(WHY)
        page.get_by_role("button", name="Record ruling").click()
        expect(page.get_by_text("Ruling recorded.")).to_be_visible()

    def accepted(self, who: str, case: str) -> None:
        """Read why, and accept it."""
        page = self.pages[who]
        page.goto(case)
        expect(page.get_by_text(WHY)).to_be_visible()
        page.get_by_role("button", name="Accept ruling").click()
        expect(page.get_by_text("Ruling accepted.")).to_be_visible()

    def decided(self, sides: str, start: str, link: str, effect: str, **fields: str) -> None:
        """Take a case from its beginning to its end; of the sides the first opens it."""
        first, *others = sides.split()
        case = self.opened(first, start, link)
        dispute_id = uuid.UUID(case.rpartition("/")[2])
        for who in others:
            cases.answer(dispute_id, actor=self.cast.actor(getattr(self.cast, who)), statement=SAID)
        self.ruled(case, effect, **fields)
        for who in others:
            appeals.waive(dispute_id, actor=self.cast.actor(getattr(self.cast, who)))
        self.accepted(first, case)


def credited() -> list[int]:
    with Session(db.engine) as session:
        return list(session.scalars(select(CreditNote.fee_minor).order_by(CreditNote.number)))


def test_each_subject_is_disputed_where_it_is_read_and_its_ruling_acts(
    cast: Cast, chromium: Browser, address: str
) -> None:
    with simulated(DAY):
        placement_id, candidate_id = started(cast, remedy="none"), claimed(cast)
        proposal_id = accepted(cast, name="Jon Reyes")
        with pytest.raises(CandidateProtected):
            ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
        walk = Walk(cast, {who: signed_in(chromium, cast, who, address) for who in ("rita", "omar", "carl", "pia")})
        hire = f"/placements/{placement_id}"
        walk.decided("rita omar", f"/candidates/{candidate_id}", "Open dispute", "Give the sourcing credit")
        walk.decided("carl rita", f"/proposals/{proposal_id}", "We knew this candidate before", "Void the proposal")
        shares = {"shares-0-split_bp": "30", "shares-3-split_bp": "20"}
        walk.decided("omar rita", hire, "Dispute this split", "Change the split", **shares)
        walk.decided(
            "omar carl",
            f"{hire}/money",
            "Dispute payout as closer",
            "Credit the company with a percentage",
            percent="50",
        )
        invoice = f"/invoices/{invoice_of(placement_id).id}"
        walk.decided("carl rita omar", invoice, "Dispute this invoice", "Credit a percentage", percent="10")
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
        walk.decided("carl rita omar", hire, "Dispute how it ended", "Refund a percentage", percent="20")
        for page in walk.pages.values():
            page.context.close()
    with Session(db.engine) as session:
        owner = select(CandidateSourcer.recruiter_id).where(CandidateSourcer.candidate_id == candidate_id)
        assert session.scalars(owner.where(CandidateSourcer.is_current)).one() == recruiter(cast.omar)
        assert session.get_one(Proposal, proposal_id).state == "withdrawn"
    assert [row[2] for row in team(placement_id)] == [3_000, 3_000, 2_000, 2_000]
    assert credited() == [250_000, 250_000, 500_000]  # half of 20 % of $25,000, then 10 % and 20 % of all of it
