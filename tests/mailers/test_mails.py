"""Which events are told to whom, under which subject, and what the mails say."""

from __future__ import annotations

import contextlib
import re
import uuid
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict
from portal.domain.notifications import DIGEST, KIND_OF, NAME
from portal.mailers import post
from portal.mailers.registry import BY_EVENT, MAILINGS
from portal.models import Delivery, Proposal, SplitAmendment, User
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, proposals_in_bulk
from portal.services.candidates import imports, ownership
from portal.services.candidates.contacts import CheckInput
from portal.services.identity import accounts, resets
from portal.services.identity.resets import usable_link
from portal.services.placements import amendments, corrections, guarantees, placements, replacements, undoing
from portal.services.placements.corrections import Right
from portal.services.reputation import appeals
from tests import money
from tests.accounts import give_password, sign_in
from tests.cast import DAY, Cast
from tests.checking_client import check
from tests.hires import active, day, failed, hired, share
from tests.histories import WHY, contested, rated
from tests.letters import body, deliveries, notices, relayed, rows
from tests.mailers.sink import Sink
from tests.marketplace import claimed, posted, proposed

# The founding table, and below it the areas that came later: event, template, subject.
LISTED = [
    ("candidate.sourced", "candidate_sourced", "You claimed {candidate}"),
    ("ownership.conflict_detected", "ownership_conflict", "Ownership conflict: {candidate}"),
    ("ownership.conflict_detected", "ownership_refused", "Already claimed: {candidate}"),
    ("proposal.accepted", "proposal_accepted", "Proposal accepted: {candidate} for {job}"),
    ("proposal.declined", "proposal_declined", "Proposal declined: {candidate} for {job}"),
    ("proposal.timeout", "proposal_timeout", "Proposal expired: {candidate} for {job}"),
    ("placement.activated", "placement_activated", "Placement activated: {candidate}"),
    ("placement.completed", "placement_completed", "Placement completed: {amount} for {candidate}"),
    ("placement.failed", "placement_failed", "Placement failed: {candidate}"),
    ("guarantee.expiring", "guarantee_expiring", "Guarantee ends {when}: {candidate}"),
    ("collaborator.added", "collaborator_added", "Added as {role}: {candidate} at {company}"),
    ("proposal.created", "proposal_created", "New proposal: {candidate} for {job}"),
    ("proposal.expiring", "proposal_expiring", "24 hours left to decide: {candidate} for {job}"),
    ("proposal.withdrawn", "proposal_withdrawn", "Proposal withdrawn: {candidate} for {job}"),
    ("proposal.withdrawn", "proposal_ended", "Proposal withdrawn: {candidate} for {job}"),
    ("interview.scheduled", "interview_scheduled", "Interview: {candidate} for {job}"),
    ("interview.scheduled", "interview_attended", "You are interviewing {candidate} for {job}"),
    ("interview.changed", "interview_changed", "Interview changed: {candidate} for {job}"),
    ("interview.changed", "interview_attended", "You are interviewing {candidate} for {job}"),
    ("interview.changed", "interview_left", "Removed from an interview: {candidate} for {job}"),
    ("interview.recorded", "interview_recorded", "Interview result: {candidate} for {job}"),
    ("interview.recorded", "interview_cancelled", "Interview canceled: {candidate} for {job}"),
    ("interview.noted", "interview_noted", "Interview feedback: {candidate} for {job}"),
    ("proposal.delegated", "proposal_delegated", "Yours to decide: {candidate} for {job}"),
    ("proposal.handed_back", "proposal_handed_back", "Handed back: {candidate} for {job}"),
    ("question.asked", "question_asked", "Question about {candidate} for {job}"),
    ("question.answered", "question_answered", "Question answered: {candidate} for {job}"),
    ("placement.correction_proposed", "correction_proposed", "Approve hire correction: {candidate}"),
    ("placement.corrected", "placement_corrected", "Hire corrected: {candidate}"),
    ("placement.undone", "placement_undone", "{step} undone: {candidate}"),
    ("replacement.requested", "replacement_requested", "Replacement requested: {candidate}"),
    ("replacement.linked", "replacement_linked", "Replacement linked: {candidate}"),
    ("replacement.unlinked", "replacement_unlinked", "Replacement no longer linked: {candidate}"),
    ("guarantee.extended", "guarantee_extended", "Guarantee extended: {candidate}"),
    ("splits.changed", "splits_changed", "Split changed: {candidate}"),
    ("splits.amendment_proposed", "amendment_proposed", "Approve split change: {candidate}"),
    ("splits.amendment_answered", "amendment_declined", "Change declined: {candidate}"),
    ("splits.amended", "splits_amended", "Split change applied: {candidate}"),
    ("dispute.opened", "dispute_told", "{headline}: {about}"),
    ("dispute.opened", "dispute_desk", "{headline}: {about}"),
    ("dispute.answered", "dispute_told", "{headline}: {about}"),
    ("dispute.attached", "dispute_told", "{headline}: {about}"),
    ("dispute.files_asked", "dispute_told", "{headline}: {about}"),
    ("dispute.due_soon", "dispute_told", "{headline}: {about}"),
    ("dispute.review_started", "dispute_told", "{headline}: {about}"),
    ("dispute.review_started", "dispute_desk", "{headline}: {about}"),
    ("dispute.resolved", "dispute_told", "{headline}: {about}"),
    ("dispute.dismissed", "dispute_told", "{headline}: {about}"),
    ("dispute.withdrawal_asked", "dispute_told", "{headline}: {about}"),
    ("dispute.withdrawal_agreed", "dispute_told", "{headline}: {about}"),
    ("dispute.withdrawn", "dispute_told", "{headline}: {about}"),
    ("dispute.appeal_waived", "dispute_told", "{headline}: {about}"),
    ("dispute.appealed", "dispute_told", "{headline}: {about}"),
    ("dispute.appealed", "dispute_desk", "{headline}: {about}"),
    ("dispute.clock_missed", "dispute_desk", "{headline}: {about}"),
    ("dispute.released", "dispute_told", "{headline}: {about}"),
    ("passwords.guessed", "passwords_guessed", "Many wrong passwords from one network"),
    ("reputation.appealed", "appeal_opened", "{recruiter} appealed {contested}"),
    ("reputation.appealed", "appeal_ruled", "Appeal decided: {contested} is {ruled}"),
    ("ownership.expiring", "ownership_expiring", "Claim expires in {days} days: {candidate}"),
    ("user.password_reset_requested", "password_reset", "Reset your password"),
    ("user.password_changed", "password_changed", "Your password was changed"),
    ("user.signed_in", "new_sign_in", "New sign-in: {device}"),
    ("user.invited", "invitation", "You’re invited to {organisation}"),
    ("membership.added", "membership_added", "{headline} {organisation}"),
    ("invoice.issued", "invoice_issued", "Invoice {number}: {amount}"),
    ("invoice.reminded", "invoice_reminded", "Invoice {number} {when}"),
    ("payment.received", "payment_received", "Payment received: {amount} for {number}"),
    ("payment.reversed", "payment_reversed", "Payment returned by the bank: {amount}"),
    ("credit_note.issued", "credit_note_issued", "Credit note {number}"),
    ("payout.due", "payout_due", "Payout due: {amount} for {candidate}"),
    ("payout.paid", "payout_paid", "Payout paid: {amount} for {candidate}"),
    ("payout.waiting", "payout_waiting", "Payout on hold again: {amount} for {candidate}"),
    ("payout.returned", "payout_returned", "Payout returned by the bank: {amount} for {candidate}"),
    ("billing.address_asked", "billing_address", "Would you like copies of {customer}’s invoices?"),
    ("payee.changed", "payee_changed", "Your bank details were {done}"),
    ("clawback.opened", "clawback_opened", "You owe {amount}: {candidate}"),
    ("refund.owed", "refund_owed", "Refund decided: {amount} for {candidate}"),
    ("refund.paid", "refund_paid", "Refund paid: {amount} for {candidate}"),
    ("credit.paid", "credit_paid", "Credit paid out: {amount}"),
    ("obligation.opened", "obligation_opened", "Replacement owed: {candidate}"),
    ("obligation.expiring", "obligation_expiring", "Replacement due soon: {candidate}"),
    ("obligation.closed", "obligation_closed", "Replacement no longer owed: {candidate}"),
    ("candidate.merged", "candidate_merged", "Merged with another record: {candidate}"),
    ("claim.ended", "claim_part_ended", "Your part of a sourcing credit has ended: {candidate}"),
    ("candidates.imported", "candidates_imported", "You claimed {count} with an import"),
    ("candidate.separated", "candidate_separated", "Your {held} is active again: {candidate}"),
    ("recruiter.handed_over", "handed_over", "You’ve taken over from {former}"),
    ("delivery.failed", "mail_undelivered", "Email not delivered: {about}"),
]


def test_every_listed_event_has_its_mail_under_its_subject() -> None:
    written = [(event, mail.template, mail.subject) for event, mails in BY_EVENT.items() for mail in mails]
    assert sorted(written) == sorted(LISTED)


def test_every_mail_has_a_kind_that_people_can_choose_about() -> None:
    assert sorted(m.template for m in MAILINGS) == sorted(KIND_OF), "name the mail in its event's `mails`, once"
    assert DIGEST not in KIND_OF


def test_the_claims_of_an_import_are_told_together(cast: Cast) -> None:
    rita = cast.actor(cast.rita)
    imports.apply(actor=rita, text="name,email\nIda,ida@mail.test\n", claim=False)
    two = "name,email\nMaya,maya@mail.test\nLeo,leo@mail.test\n"
    imports.apply(actor=rita, text=two, claim=True, source_method="database")
    assert relayed() == [("candidates_imported", "rita", "You claimed 2 candidates with an import")]
    assert "Claimed until: Wed 24 Nov 2027, 09:00 UTC (365 days)" in body("candidates_imported", "rita")
    assert [notice.path for notice in notices(cast.rita)] == ["/candidates/import"]


def test_a_claim_is_told_to_the_sourcer_with_its_end(cast: Cast) -> None:
    claimed(cast)
    assert relayed() == [("candidate_sourced", "rita", "You claimed Lena Brandt")]
    said = body("candidate_sourced", "rita")
    assert "Source: LinkedIn" in said
    assert "Claimed until: Wed 24 Nov 2027, 09:00 UTC (365 days)" in said


def test_a_conflict_is_told_to_both_recruiters(cast: Cast) -> None:
    claimed(cast, email="lena@mail.test")
    check = CheckInput(email="lena@mail.test")
    with pytest.raises(Conflict):
        ownership.claim_found(actor=cast.actor(cast.omar), input=check, source_method="linkedin")
    assert relayed()[1:] == [
        ("ownership_conflict", "rita", "Ownership conflict: Lena Brandt"),
        ("ownership_refused", "omar", "Already claimed: a candidate"),
    ]
    owner, challenger = body("ownership_conflict", "rita"), body("ownership_refused", "omar")
    assert "Omar tried to claim Lena Brandt" in owner
    assert "Your claim expires: Wed 24 Nov 2027, 09:00 UTC" in owner
    assert "Claimed until: Wed 24 Nov 2027, 09:00 UTC" in challenger
    assert "Open a dispute" in challenger
    assert not [name for name in ("Rita", "Lena", "Brandt") if name in challenger]


def test_a_protection_that_ends_is_told_to_its_owner(cast: Cast) -> None:
    claimed(cast)
    with simulated(DAY + timedelta(days=335)):
        ownership.warn_expiring(actor=post.system())
    assert relayed()[1:] == [("ownership_expiring", "rita", "Claim expires in 30 days: Lena Brandt")]
    assert "Expires: Wed 24 Nov 2027, 09:00 UTC" in body("ownership_expiring", "rita")


def test_a_new_proposal_is_told_to_the_deciders_with_initials_only(cast: Cast) -> None:
    proposed(cast, name="Maya Okafor", pitch="Maya Okafor is the one.")
    subject = "New proposal: M. O. for Staff ML Engineer"
    assert relayed()[1:] == [("proposal_created", "hana", subject), ("proposal_created", "carl", subject)]
    mail = deliveries(template="proposal_created")[0]
    assert "Okafor" not in mail.subject + mail.body_text + mail.body_html
    assert "Decide by: Tue 1 Dec 2026, 09:00 UTC" in mail.body_text


def test_no_mail_to_a_company_names_the_candidate_before_it_accepts(cast: Cast) -> None:
    proposal_id = proposed(cast, name="Maya Okafor")
    question_id = proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When?")
    proposals.answer(question_id, actor=cast.actor(cast.rita), answer="Maya Okafor can start in May.")
    with simulated(DAY + timedelta(days=6, hours=1)):
        proposals_in_bulk.remind_due(actor=post.system())
    proposals.withdraw(proposal_id, actor=cast.actor(cast.rita), notes="Maya Okafor took another job.")
    relayed()
    to_company = [d for d in deliveries() if d.to_address.startswith(("hana", "carl"))]
    assert {d.template for d in to_company} == {
        "proposal_created",
        "question_answered",
        "proposal_expiring",
        "proposal_withdrawn",
    }
    assert not [d.template for d in to_company if "Okafor" in d.subject + d.body_text + d.body_html]


def test_the_deciders_are_reminded_24_hours_ahead(cast: Cast) -> None:
    proposed(cast)
    with simulated(DAY + timedelta(days=6, hours=1)):
        proposals_in_bulk.remind_due(actor=post.system())
    reminders = [mail for mail in relayed() if mail[0] == "proposal_expiring"]
    assert [to for _, to, _ in reminders] == ["hana", "carl"]
    assert "Expires: Tue 1 Dec 2026, 09:00 UTC" in body("proposal_expiring", "hana")


def test_an_acceptance_is_told_to_the_recruiter_with_the_notes(cast: Cast) -> None:
    proposal_id = proposed(cast, name="Maya Okafor")
    proposals.accept(proposal_id, actor=cast.actor(cast.hana), notes="Strong.\nInterview on Monday.")
    assert ("proposal_accepted", "rita", "Proposal accepted: Maya Okafor for Staff ML Engineer") in relayed()
    said = body("proposal_accepted", "rita")
    assert "Acme accepted Maya Okafor" in said
    assert "Strong.\n  Interview on Monday." in said
    assert f"/proposals/{proposal_id}" in said


def test_a_decline_is_told_to_the_recruiter_with_its_reason(cast: Cast) -> None:
    proposal_id = proposed(cast, name="Maya Okafor")
    proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason="salary", notes="Sorry")
    assert ("proposal_declined", "rita", "Proposal declined: Maya Okafor for Staff ML Engineer") in relayed()
    assert "Reason: Salary expectation\n\n  Sorry" in body("proposal_declined", "rita")


def test_a_timeout_is_told_to_the_recruiter_who_may_propose_again(cast: Cast) -> None:
    proposed(cast, name="Maya Okafor")
    with simulated(DAY + timedelta(days=7)):
        proposals_in_bulk.expire_due(actor=post.system())
    assert ("proposal_timeout", "rita", "Proposal expired: Maya Okafor for Staff ML Engineer") in relayed()
    said = body("proposal_timeout", "rita")
    assert "Acme didn’t respond by Tue 1 Dec 2026, 09:00 UTC" in said
    assert "You can propose Maya Okafor again." in said


@pytest.mark.parametrize(
    ("by", "told_to"),
    [
        ("rita", {"proposal_withdrawn"}),
        ("pia", {"proposal_withdrawn", "proposal_ended"}),
        ("carl", {"proposal_ended"}),
    ],
)
def test_a_withdrawal_is_told_to_those_who_did_not_cause_it(cast: Cast, by: str, told_to: set[str]) -> None:
    proposal_id = proposed(cast)
    if by == "carl":
        jobs.change_status(job_of(proposal_id), actor=cast.actor(cast.carl), status="closed")
    else:
        proposals.withdraw(proposal_id, actor=cast.actor(getattr(cast, by)))
    assert {template for template, _, _ in relayed()[3:]} == told_to


def job_of(proposal_id: uuid.UUID) -> uuid.UUID:
    """Return the job of a proposal."""
    with rows() as session:
        return session.get_one(Proposal, proposal_id).job_id


def test_a_question_goes_to_the_recruiter_and_its_answer_to_who_asked(cast: Cast) -> None:
    proposal_id = proposed(cast, name="Maya Okafor")
    question_id = proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="May she travel?")
    proposals.answer(question_id, actor=cast.actor(cast.rita), answer="Yes")
    assert relayed()[-2:] == [
        ("question_asked", "rita", "Question about Maya Okafor for Staff ML Engineer"),
        ("question_answered", "hana", "Question answered: M. O. for Staff ML Engineer"),
    ]
    assert "Hana of Acme asked" in body("question_asked", "rita")
    assert "May she travel?" in body("question_asked", "rita")


def test_the_hire_is_told_to_the_team_once_a_role(cast: Cast) -> None:
    hired(cast)
    joined = [d.body_text for d in deliveries_of("collaborator_added")]
    assert len(joined) == 2
    assert "Your role: Sourcer\nYour share: 40% of the team’s fee\nYour amount: $10,000.00" in joined[0]
    assert "Your role: Submitter\nYour share: 30% of the team’s fee\nYour amount: $7,500.00" in joined[1]
    assert not deliveries(template="splits_changed")


def deliveries_of(template: str) -> list[Delivery]:
    """Relay, and read the mails of a template."""
    relayed()
    return deliveries(template=template)


def test_a_newcomer_is_told_who_added_and_the_others_that_splits_changed(cast: Cast) -> None:
    placement_id = hired(cast)
    relayed()
    share(cast, placement_id, cast.omar, "support", 1_000)
    assert relayed()[-3:] == [
        ("collaborator_added", "omar", "Added as Support: Maya Okafor at Acme"),
        ("splits_changed", "rita", "Split changed: Maya Okafor"),
        ("splits_changed", "omar", "Split changed: Maya Okafor"),
    ]
    said = body("collaborator_added", "omar")
    assert "Your role: Support\nYour share: 10% of the team’s fee\nYour amount: $2,500.00" in said
    assert "Your role: Sourcer and Submitter\nYour share: 70% of the team’s fee\nYour amount: $17,500.00" in body(
        "splits_changed", "rita"
    )


def test_activation_tells_each_collaborator_the_own_part_of_all_roles(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(1))
    assert ("placement_activated", "omar", "Placement activated: Maya Okafor") in relayed()
    rita, omar = body("placement_activated", "rita"), body("placement_activated", "omar")
    assert "Start date: 25 Nov 2026\nYour role: Sourcer and Submitter\nYour share: 70% of the team’s fee" in rita
    assert "Your amount: $17,500.00\nGuarantee: 90 days, through 23 Feb 2027" in rita
    assert "Your role: Closer\nYour share: 30% of the team’s fee\nYour amount: $7,500.00" in omar
    assert len(deliveries(template="placement_activated")) == 2


def test_who_starts_without_a_guarantee_is_told_so(cast: Cast) -> None:
    active(cast, days=0)
    relayed()
    said = body("placement_activated", "rita")
    assert "The split is locked." in said
    assert "Guarantee: none\n" in said


def test_completion_names_the_own_amount_in_the_subject(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(DAY + timedelta(days=90)):
        placements.complete(placement_id, actor=cast.actor(cast.carl))
    assert ("placement_completed", "rita", "Placement completed: $25,000 for Maya Okafor") in relayed()
    said = body("placement_completed", "rita")
    assert "Your final share: 100% of the team’s fee\nYour amount: $25,000.00" in said
    assert "paid in the next payout run" in said


@pytest.mark.parametrize(
    ("days", "reason", "says"),
    [
        (
            10,
            "layoff",
            "active at the time|paid out while the guarantee is being settled; Acme can request a replacement.",
        ),
        (100, "layoff", "had already ended|The guarantee had ended, so you keep your share."),
        (None, "no_show", "never started|Nothing is paid because the candidate never started."),
    ],
)
def test_a_failure_says_what_follows_for_the_money(cast: Cast, days: int | None, reason: str, says: str) -> None:
    placement_id = hired(cast) if days is None else active(cast)
    with simulated(DAY + timedelta(days=days or 0)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason=reason, notes="A pity")
    assert ("placement_failed", "rita", "Placement failed: Maya Okafor") in relayed()
    said = body("placement_failed", "rita")
    assert "A pity" in said
    assert all(part in said for part in says.split("|"))


@pytest.mark.parametrize(
    ("days", "subject"),
    [
        (60, "Guarantee ends in 30 days: Maya Okafor"),
        (89, "Guarantee ends in 1 day: Maya Okafor"),
        (90, "Guarantee ends today: Maya Okafor"),
    ],
)
def test_the_end_of_a_guarantee_is_told_to_the_team_and_the_admins(cast: Cast, days: int, subject: str) -> None:
    active(cast)
    with simulated(DAY + timedelta(days=days)):
        guarantees.give_notices(actor=post.system())
    expected = [("guarantee_expiring", "rita", subject), ("guarantee_expiring", "carl", subject)]
    assert [mail for mail in relayed() if mail[0] == "guarantee_expiring"] == expected
    assert "Last day: 22 Feb 2027" in body("guarantee_expiring", "carl")


def test_a_longer_guarantee_is_told_with_both_ends(cast: Cast) -> None:
    placement_id = money.started(cast, payout_schedule="when_paid")
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason="More time")
    assert ("guarantee_extended", "rita", "Guarantee extended: Maya Okafor") in relayed()
    assert "Previous last day: 22 Feb 2027\nNew last day: 24 Mar 2027" in body("guarantee_extended", "rita")
    assert "your payouts keep their dates" in body("guarantee_extended", "rita")


def test_a_replacement_is_told_when_asked_for_and_when_linked(cast: Cast) -> None:
    job_id = posted(cast)
    placement_id = failed(cast, job_id=job_id)
    with simulated(DAY + timedelta(days=11)):
        replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=day(30))
        other = hired(cast, cast.omar, job_id=job_id, name="Ada Quist")
        replacements.link(placement_id, actor=cast.actor(cast.carl), replacement_id=other)
    assert ("replacement_requested", "rita", "Replacement requested: Maya Okafor") in relayed()
    assert "Deadline: 24 Dec 2026" in body("replacement_requested", "rita")
    linked = [mail for mail in relayed() if mail[0] == "replacement_linked"]
    subjects = {to: subject for _, to, subject in linked}
    assert subjects["rita"] == "Replacement linked: Maya Okafor"
    assert subjects["omar"] == "Replacement linked: M. O."  # whom his own candidate replaces, by initials
    with simulated(DAY + timedelta(days=12)):
        placements.fail(other, actor=cast.actor(cast.carl), reason="no_show")
    unlinked = [mail for mail in relayed() if mail[0] == "replacement_unlinked"]
    assert unlinked == [("replacement_unlinked", "rita", "Replacement no longer linked: Maya Okafor")]


def test_an_amendment_asks_those_whose_share_changes_and_tells_all_when_in_force(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(0))
    rita, omar = cast.rita.recruiter_id, cast.omar.recruiter_id
    assert rita is not None
    assert omar is not None
    lines = [Agreed(rita, "sourcer", 4_000), Agreed(rita, "submitter", 2_000), Agreed(omar, "closer", 4_000)]
    amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="As agreed by phone")
    asked = [mail for mail in relayed() if mail[0] == "amendment_proposed"]
    assert {to for _, to, _ in asked} == {"rita", "omar"}
    said = body("amendment_proposed", "omar")
    assert "Your current share: 30% of the team’s fee, $7,500.00\nProposed: 40%, $10,000.00 (+$2,500.00)" in said
    assert "- Rita, Sourcer: 40%, $10,000.00\n- Rita, Submitter: 30% → 20%, $5,000.00" in said
    less = "Proposed: 60%, $15,000.00 (−$2,500.00)"
    assert less in body("amendment_proposed", "rita")
    assert "As agreed by phone" in said
    with rows() as session:
        amendment_id = session.scalars(select(SplitAmendment.id)).one()
    amendments.force(amendment_id, actor=cast.actor(cast.pia), reason="Both agreed in writing")
    assert ("splits_amended", "omar", "Split change applied: Maya Okafor") in relayed()
    assert "changed by a platform admin" in body("splits_amended", "omar")
    changed = "Your share: 40% of the team’s fee\nYour amount: $10,000.00"
    assert changed in body("splits_amended", "omar")


@pytest.mark.parametrize(("proposer", "told"), [("carl", ["carl"]), ("pia", ["carl", "pia"])])
def test_who_proposed_a_change_is_told_that_it_was_declined_and_why(cast: Cast, proposer: str, told: list[str]) -> None:
    placement_id, actor = active(cast), cast.actor(getattr(cast, proposer))
    rita = cast.rita.recruiter_id
    assert rita is not None
    lines = [Agreed(rita, "sourcer", 6_000), Agreed(rita, "submitter", 4_000)]
    proposed = amendments.propose(placement_id, actor=actor, lines=lines, reason="As agreed by phone")
    amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=False, reason="We said 50%")
    assert [who for template, who, _ in relayed() if template == "amendment_declined"] == told
    assert "We said 50%" in body("amendment_declined", proposer)


def test_a_correction_is_told_to_both_sides_with_what_it_was_and_what_it_is(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    right = Right(salary_minor=13_000_000, start_date=day(9))
    corrections.correct(placement_id, actor=carl, right=right, reason="A typing error")
    told = {to for template, to, _ in relayed() if template == "placement_corrected"}
    assert told == {"rita", "carl"}
    said = body("placement_corrected", "rita")
    for words in ("$125,000 → $130,000", "$25,000.00 → $26,000.00", "$17,500.00 → $18,200.00", "A typing error"):
        assert words in said
    assert "not set → " in said
    assert "Your amount" not in body("placement_corrected", "carl")
    corrections.correct(placement_id, actor=carl, right=Right(start_date=day(8)), reason="It was the day before")
    post.relay()
    told_last = [
        text.body_text for text in deliveries(template="placement_corrected") if "day before" in text.body_text
    ]
    assert len(told_last) == 2
    for text in told_last:  # what did not change is not told
        lines = text.partition("Start date: ")
        assert (lines[0].endswith("hire at Acme.\n\n"), lines[2].count("→")) == (True, 1)
        assert "\n\nReason: It was the day before" in lines[2]


def test_a_correction_that_needs_consent_asks_for_it(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    corrections.correct(placement_id, actor=carl, right=Right(fee_bp=1_800), reason="As the contract says")
    assert [to for template, to, _ in relayed() if template == "correction_proposed"] == ["rita"]
    assert "$25,000.00 → $22,500.00" in body("correction_proposed", "rita")
    assert "Your amount: $17,500.00 → $15,750.00 (−$1,750.00)" in body("correction_proposed", "rita")


def test_undoing_is_told_to_both_sides(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    placements.fail(placement_id, actor=carl, reason="no_show")
    undoing.undo(placement_id, actor=carl, reason="He came a day late")
    assert {to for template, to, _ in relayed() if template == "placement_undone"} == {"rita", "carl"}
    assert "continues as before" in body("placement_undone", "rita")


def test_a_new_role_is_told_to_those_who_can_sign_in_and_others_are_invited(cast: Cast) -> None:
    admin = cast.actor(cast.pia)
    give_password(cast.omar)
    accounts.add_member(actor=admin, organisation_id=cast.rita.organisation_id, email=cast.omar.email, role="recruiter")
    accounts.add_member(
        actor=admin, organisation_id=cast.acme, email="ivy@demo.test", role="hiring_manager", name="Ivy"
    )
    found = [mail for mail in relayed() if mail[0] in {"invitation", "membership_added"}]
    assert found == [
        ("membership_added", "omar", "You’ve been added to North Talent"),
        ("invitation", "ivy", "You’re invited to Acme"),
    ]
    assert "Pia added you to North Talent" in body("membership_added", "omar")


def test_a_second_role_of_a_member_is_called_one_and_nobody_is_invited_twice(cast: Cast) -> None:
    give_password(cast.omar)
    give_password(cast.hana)
    for email in (cast.omar.email, cast.hana.email):
        for role in ("hiring_manager", "company_admin"):
            with contextlib.suppress(Conflict):  # hana has the first
                accounts.add_member(
                    actor=cast.actor(cast.carl), organisation_id=cast.acme, email=email, role=role, name="Somebody"
                )
    found = [mail for mail in relayed() if mail[0] == "membership_added"]
    assert found == [
        ("membership_added", "omar", "You’ve been added to Acme"),
        ("membership_added", "hana", "You have a new role at Acme"),
    ]
    assert "Carl gave you another role at Acme." in body("membership_added", "hana")


def test_a_new_browser_and_a_new_password_are_told_to_their_owner(cast: Cast) -> None:
    give_password(cast.rita)
    sign_in(cast.rita, user_agent="Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")
    assert ("password_changed", "rita", "Your password was changed") in relayed()
    assert ("new_sign_in", "rita", "New sign-in: Firefox on Linux") in relayed()
    said = body("new_sign_in", "rita")
    assert "Browser: Firefox on Linux\nIP address: 192.0.2.1" in said
    assert "through a link sent to this address" in body("password_changed", "rita")


def test_a_known_browser_is_not_told(cast: Cast) -> None:
    give_password(cast.rita)
    known = sign_in(cast.rita)
    sign_in(cast.rita, devices=[known.device])
    relayed()
    assert len(deliveries(template="new_sign_in")) == 1


def test_the_link_to_a_new_password_is_nowhere_until_it_is_sent(cast: Cast, sink: Sink) -> None:
    resets.request_password_reset("rita@demo.test")
    relayed()
    kept = deliveries(template="password_reset")[0]
    assert (kept.is_secret, kept.body_text, kept.body_html) == (True, "", "")
    assert notices(cast.rita) == []
    post.drain()
    sent = sink.taken[0].get_body(("plain",))
    assert sent is not None
    link = re.search(r"/reset/(\S+)", sent.get_content())
    assert link is not None
    assert usable_link(link[1]).email == "rita@demo.test"


def test_an_invitation_carries_a_link_that_works(cast: Cast, sink: Sink) -> None:
    accounts.add_member(
        actor=cast.actor(cast.pia), organisation_id=cast.acme, email="ivy@demo.test", role="hiring_manager", name="Ivy"
    )
    relayed()
    post.drain()
    sent = sink.taken[0].get_body(("plain",))
    assert sent is not None
    text = sent.get_content()
    assert "Pia invited you to join Acme" in text
    assert "Your role: Hiring manager" in text
    link = re.search(r"/reset/(\S+)", text)
    assert link is not None
    assert usable_link(link[1]).email == "ivy@demo.test"


def test_an_appeal_is_told_to_who_rules_and_the_ruling_to_who_appealed(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason="position_filled")
    relayed()
    appeal_id = contested(cast, "proposal", proposal_id)
    assert relayed()[-1:] == [("appeal_opened", "pia", "Rita appealed a declined proposal")]
    assert WHY in body("appeal_opened", "pia")
    assert notices(cast.pia)[-1].path == f"/recruiters/appeals/{appeal_id}"
    appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=True, ruling="The role was closed indeed.")
    subject = "Appeal decided: a declined proposal is excluded from your score"
    assert relayed()[-1:] == [("appeal_ruled", "rita", subject)]
    assert "The role was closed indeed." in body("appeal_ruled", "rita")
    assert "recalculated without it" in body("appeal_ruled", "rita")


def test_a_contested_rating_is_told_without_its_stars(cast: Cast) -> None:
    rating = rated(cast)
    with simulated(DAY + timedelta(days=1)):
        appeal_id = contested(cast, "feedback", rating)
        relayed()
        appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=False, ruling="It is an honest rating.")
        relayed()
    for said in (body("appeal_opened", "pia"), body("appeal_ruled", "rita")):
        assert "a teammate’s rating" in said
        assert "of 5" not in said
    assert "Your score hasn’t changed" in body("appeal_ruled", "rita")


def test_times_stand_in_the_time_zone_of_the_reader(cast: Cast) -> None:
    with rows() as session:
        session.get_one(User, cast.rita.user_id).time_zone = "Asia/Tokyo"
    claimed(cast)
    relayed()
    assert "Wed 24 Nov 2027, 18:00 JST" in body("candidate_sourced", "rita")


def test_nobody_writes_to_a_closed_account(cast: Cast) -> None:
    proposed(cast)
    with rows() as session:
        session.get_one(User, cast.hana.user_id).disabled_at = DAY
    relayed()
    assert [d.to_address for d in deliveries(template="proposal_created")] == ["carl@demo.test"]


def test_each_mail_also_makes_a_notice_that_leads_to_the_same_page(cast: Cast) -> None:
    proposal_id = proposed(cast)
    relayed()
    notice = notices(cast.hana)[0]
    assert notice.title == f"New proposal: {NAME} for Staff ML Engineer"
    assert notice.alias == "L. B."
    assert notice.path == f"/proposals/{proposal_id}"


def test_a_mail_is_escaped_and_has_one_link_into_the_portal(cast: Cast) -> None:
    claimed(cast, name='<b>Lena</b> & "Co"')
    relayed()
    html = deliveries()[0].body_html
    assert "&lt;b&gt;Lena&lt;/b&gt; &amp; &#34;Co&#34;" in html
    assert html.count("<a ") == 1
    assert f'href="{public_url()}/candidates/' in html
    check(html)


def public_url() -> str:
    """Return the address of the portal."""
    return str(current_app.config["PUBLIC_URL"])
