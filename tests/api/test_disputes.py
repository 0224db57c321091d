"""Disputes by the API, through the typed client: both sides, the desk, and who may read none of it."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from decimal import Decimal

import pytest

from portal.client import client
from portal.domain.errors import Conflict
from portal.runtime.clock import simulated
from portal.services.candidates import ownership
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.documents import pdf
from tests.marketplace import claimed, later
from tests.money import started

SAID = "I spoke with the candidate two weeks before that claim."
ASKED = {"reason": "contacted_first", "statement": SAID, "asks": "The credit."}


@pytest.fixture
def contested(cast: Cast) -> Iterator[uuid.UUID]:
    """Let omar be refused a candidate whom rita claimed; a day passes."""
    with simulated(DAY):
        candidate_id = claimed(cast)
        with pytest.raises(Conflict):
            ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    with simulated(later(days=1)):
        yield candidate_id


def test_a_dispute_is_opened_answered_decided_and_accepted_by_the_api(api: Callers, contested: uuid.UUID) -> None:
    opened = api.omar.open_dispute(subject="candidate", subject_id=contested, **ASKED)
    assert (opened.state, [party.name for party in opened.parties]) == ("open", ["Omar", "Rita"])
    assert opened.rule is not None
    assert (opened.rule.effect, opened.rule.is_decided, opened.allowed_actions) == (
        "keep",
        False,
        ["answer", "attach", "withdraw"],
    )
    assert [entry.title for entry in opened.evidence][:2] == ["Candidate added", "Sourcing credit claimed"]
    with pytest.raises(client.Conflict, match="DISPUTE_OPEN"):
        api.omar.open_dispute(subject="candidate", subject_id=contested, **ASKED)
    file = api.omar.attach_evidence(opened.id, name="Letter.pdf", content=pdf("A letter"))
    assert api.rita.download_evidence(opened.id, file.id) == pdf("A letter")
    assert [one.sha256 for one in api.rita.dispute(opened.id).attachments] == [file.sha256]
    assert api.rita.answer_dispute(opened.id, statement=SAID).state == "under_review"
    with pytest.raises(client.Conflict, match="NOT_ASKED"):
        api.rita.attach_evidence(opened.id, name="Letter.pdf", content=pdf("Mine"))
    assert "ask" not in api.pia.ask_for_files(opened.id).allowed_actions
    assert "attach" in api.rita.dispute(opened.id).allowed_actions
    assert api.pia.note_on_dispute(opened.id, note="Asked both by phone.").notes[0].by == "Pia"
    assert "confirm" in api.pia.dispute(opened.id).allowed_actions
    (ruling,) = api.pia.confirm_dispute(opened.id).rulings
    assert (ruling.label, ruling.by_rule) == ("Keep the sourcing credit as it is", True)
    api.omar.waive_appeal(opened.id)
    with pytest.raises(client.Conflict, match="APPEAL_WAIVED"):
        api.omar.appeal_dispute(opened.id, statement=SAID)
    assert api.rita.waive_appeal(opened.id).allowed_actions == []
    (found,) = api.zoe.precedents(subject="candidate", outcome="keep").precedents
    assert (found.outcome, found.rule, found.percentage) == (ruling.label, "First valid claim", None)
    assert api.zoe.precedents(outcome="transfer").precedents == []


def test_the_platform_opens_a_case_for_both_sides_of_a_refused_claim(api: Callers, contested: uuid.UUID) -> None:
    (refused,) = api.pia.refused_claims(contested).refused_claims
    assert (refused.challenger_name, refused.owner_name, refused.dispute_id) == ("Omar", "Rita", None)
    opened = api.pia.refer_refused_claim(refused.id, statement=SAID)
    assert (opened.opened_by, [party.is_claimant for party in opened.parties]) == ("Pia", [False, False])
    assert (opened.statements[0].by, opened.allowed_actions) == ("The platform", ["note", "withdraw"])
    with pytest.raises(client.Conflict, match="DISPUTE_OPEN"):
        api.omar.open_dispute(subject="candidate", subject_id=contested, **ASKED)
    api.omar.answer_dispute(opened.id, statement=SAID)
    assert api.rita.answer_dispute(opened.id, statement=SAID).allowed_actions == ["answer"]
    api.pia.withdraw_dispute(opened.id)
    assert api.omar.withdraw_dispute(opened.id).state == "under_review"
    assert api.rita.withdraw_dispute(opened.id).state == "withdrawn"
    with pytest.raises(client.NotPermitted):
        api.rita.refer_refused_claim(refused.id, statement=SAID)
    with pytest.raises(client.NotFound):
        api.pia.refer_refused_claim(opened.id, statement=SAID)


def test_payouts_and_invoices_are_disputed_and_decided_by_the_api(api: Callers, cast: Cast) -> None:
    with simulated(DAY):
        placement_id = started(cast)
        money = api.carl.money_of_placement(placement_id)
        (share,) = [one for one in money.shares if one.role == "closer"]
        assert (money.payouts, share.payout_id is None) == ([], False)
        assert [one.payout_id for one in api.omar.money_of_placement(placement_id).shares] == [None] * 4
        said = {"statement": SAID, "asks": "Half of it."}
        assert share.payout_id is not None
        paid_out = api.carl.open_dispute(subject="payout", subject_id=share.payout_id, reason="not_earned", **said)
        assert [(p.name, p.is_claimant) for p in paid_out.parties] == [("Acme", True), ("Omar", False)]
        amounts = {entry.title for entry in api.carl.dispute(paid_out.id).evidence if "$" in entry.text}
        assert amounts == {"Invoice issued"}  # what the company pays, and nobody's share
        with pytest.raises(client.InvalidInput):
            api.omar.answer_dispute(paid_out.id, statement="No.")
        api.omar.answer_dispute(paid_out.id, statement=SAID)
        with pytest.raises(client.InvalidInput):
            api.pia.rule_dispute(paid_out.id, effect="credit", reason="Half was done.")
        ruled = api.pia.rule_dispute(paid_out.id, effect="credit", reason="Half was done.", percentage=Decimal(50))
        (ruling,) = ruled.rulings
        assert (ruled.state, ruling.percentage) == ("resolved", 50)
        assert ruling.label == "Credit the company with a percentage of the payout"
        api.carl.waive_appeal(paid_out.id)
        api.omar.waive_appeal(paid_out.id)
        assert money.invoice is not None
        asked = api.carl.open_dispute(subject="invoice", subject_id=money.invoice.id, reason="wrong_terms", **said)
        for side in (api.rita, api.omar):
            side.answer_dispute(asked.id, statement=SAID)
        assert api.pia.rule_dispute(asked.id, effect="release", reason="As agreed.").state == "dismissed"
        assert api.carl.appeal_dispute(asked.id, statement=SAID).state == "under_review"
        assert api.zoe.disputes(subject="invoice").disputes == []


def test_a_list_is_filtered_and_paged_and_nobody_else_s_case_is_there(api: Callers, contested: uuid.UUID) -> None:
    dispute_id = api.omar.open_dispute(subject="candidate", subject_id=contested, **ASKED).id
    assert [line.id for line in api.pia.disputes(state="open", limit=1).disputes] == [dispute_id]
    assert api.rita.disputes(subject="placement").disputes == []
    assert api.zoe.disputes().disputes == []
    with pytest.raises(client.NotFound):
        api.zoe.dispute(dispute_id)
    with pytest.raises(client.NotPermitted):
        api.rita.notes_on_dispute(dispute_id)
    with zipfile.ZipFile(io.BytesIO(api.rita.evidence_of(dispute_id))) as pack:
        assert "timeline.csv" in pack.namelist()
    assert api.omar.withdraw_dispute(dispute_id).state == "withdrawn"
