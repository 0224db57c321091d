"""Timelines: each event reads as a sentence, and each party sees the slice that concerns it, no names beyond."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from portal.domain import events
from portal.domain.events import EVENT_TYPES
from portal.domain.permissions import Actor
from portal.extensions import db
from portal.queries.log.slices import ANOTHER, NOBODY, timeline
from portal.runtime.clock import simulated
from portal.services.log import chain
from portal.services.machinery.unit_of_work import unit_of_work
from portal.wording.event_words import Told, say
from tests.cast import Cast, Person

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CANDIDATE, JOB, PROPOSAL, PLACEMENT = (uuid.uuid4() for _ in range(4))
OF_PROPOSAL = {"proposal_id": PROPOSAL, "candidate_id": CANDIDATE, "job_id": JOB}
OF_PLACEMENT = {"placement_id": PLACEMENT, "candidate_id": CANDIDATE, "job_id": JOB}
EXPIRES = datetime(2027, 3, 14, 23, 30, tzinfo=UTC)


def happen(actor: Actor, *happenings: events.Event) -> None:
    """Record events, an hour apart."""
    for hours, event in enumerate(happenings):
        with simulated(START + timedelta(hours=hours)), unit_of_work(actor) as uow:
            uow.record(event)


def recruiter(person: Person) -> uuid.UUID:
    """Return a recruiter's id."""
    assert person.recruiter_id
    return person.recruiter_id


@pytest.mark.parametrize(("fee", "said"), [(3_360_000, "Fee $33,600."), (3_360_050, "Fee $33,600.50.")])
def test_a_history_writes_amounts_as_the_pages_do(fee: int, said: str) -> None:
    told = Told({"fee_minor": fee, "currency": "USD"}, "Rita", ZoneInfo("UTC"))
    assert say("placement.hired", told) == said


SAMPLES: dict[Any, Any] = {
    uuid.UUID: JOB,
    uuid.UUID | None: None,
    str: "other",
    int: 3,
    int | None: 4_150,
    bool: True,
    date: date(2026, 4, 14),
    datetime: EXPIRES,
    tuple[str, ...]: ("full_name",),
    tuple[uuid.UUID, ...]: (JOB,),
    dict[str, tuple[str, str]]: {"fee_bp": ("1", "2")},
}
VALUES = {"currency": "USD", "engagement": "sent", "new_score": 4_200, "organisation_id": None}


def sample(kind: type[events.Event]) -> events.Event:
    """Make an event of a type with plausible values."""
    hints = get_type_hints(kind)
    return kind(**{f.name: VALUES.get(f.name, SAMPLES.get(hints[f.name], 3)) for f in fields(kind)})


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_event_can_be_told(cast: Cast, kind: str) -> None:
    happen(cast.actor(cast.pia), sample(EVENT_TYPES[kind]))
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET placement_id = :id"), {"id": PLACEMENT})
    (entry,) = timeline(cast.actor(cast.pia), placement_id=PLACEMENT).rows
    assert (entry.title, entry.by) == (EVENT_TYPES[kind].shown.title, "Pia")
    assert "None" not in entry.text
    assert "_" not in entry.text or kind in {"settings.changed"}


SENTENCES = [
    (
        events.CandidateSourced(
            candidate_id=CANDIDATE,
            recruiter_id=JOB,
            claim_id=JOB,
            source_method="linkedin",
            protection_expires_at=EXPIRES,
        ),
        "Deleted user claimed the candidate via LinkedIn; protected until 14 Mar 2027.",
    ),
    (
        events.ProposalDeclined(
            **OF_PROPOSAL, recruiter_id=JOB, decline_reason="salary", seconds_to_decide=2 * 86_400 + 3_700
        ),
        "Salary expectation; decided after 2 d 1 h.",
    ),
    (
        events.PlacementActivated(
            **OF_PLACEMENT,
            start_date=date(2025, 12, 15),
            guarantee_days=90,
            guarantee_end_date=date(2026, 3, 15),
        ),
        "Starts 15 Dec 2025; guaranteed for 90 days, through 15 Mar 2026.",
    ),
    (
        events.CollaboratorAdded(
            **OF_PLACEMENT,
            recruiter_id=JOB,
            role="closer",
            split_bp=1_250,
            amount_minor=312_550,
            currency="USD",
        ),
        "Deleted user joined as closer with 12.5%, $3,125.50.",
    ),
    (
        events.PlacementFailed(
            **OF_PLACEMENT, failure_reason="candidate_quit", within_guarantee=True, replacement_eligible=True
        ),
        "Candidate quit, during the guarantee; a replacement can be requested.",
    ),
    (
        events.QuestionAnswered(**OF_PROPOSAL, recruiter_id=JOB, question_id=JOB, seconds_to_answer=4 * 3_600 + 1_800),
        "Answered after 4 h 30 min.",
    ),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_sentences_say_what_happened(cast: Cast, event: events.Event, sentence: str) -> None:
    pia = cast.actor(cast.pia)
    happen(pia, event)
    assert [entry.text for entry in timeline(pia, candidate_id=CANDIDATE).rows] == [sentence]


@pytest.fixture
def rivalry(cast: Cast) -> None:
    """Rita owns the candidate and proposed her; omar tried to claim her and wrote to her."""
    rita, omar = recruiter(cast.rita), recruiter(cast.omar)
    happen(
        cast.actor(cast.rita),
        events.CandidateAdded(candidate_id=CANDIDATE, recruiter_id=rita, via="form"),
        events.CandidateSourced(
            candidate_id=CANDIDATE,
            recruiter_id=rita,
            claim_id=JOB,
            source_method="referral",
            protection_expires_at=EXPIRES,
        ),
        events.ProposalCreated(**OF_PROPOSAL, recruiter_id=rita, expires_at=EXPIRES),
    )
    happen(
        cast.actor(cast.omar),
        events.OwnershipConflictDetected(
            candidate_id=CANDIDATE,
            recruiter_id=omar,
            owner_recruiter_id=rita,
            protection_expires_at=EXPIRES,
            attempt="source",
        ),
        events.CandidateChecked(candidate_id=CANDIDATE, recruiter_id=omar, by=("email",), result="protected"),
    )


def told(cast: Cast, person: Person, **of: uuid.UUID) -> list[tuple[str, str]]:
    """Return titles and actors as a person sees them."""
    return [(e.title, e.by) for e in timeline(cast.actor(person), **of).rows]


def test_the_owner_sees_who_challenged_but_no_checks_of_rivals(cast: Cast, rivalry: None) -> None:
    seen = told(cast, cast.rita, candidate_id=CANDIDATE)
    assert ("Ownership conflict", "Omar") in seen
    assert "Blind check" not in [title for title, _ in seen]
    assert len(seen) == 4


def test_a_rival_learns_neither_the_owner_nor_the_owners_proposals(cast: Cast, rivalry: None) -> None:
    entries = timeline(cast.actor(cast.omar), candidate_id=CANDIDATE).rows
    assert {e.title for e in entries} == {
        "Blind check",
        "Ownership conflict",
        "Sourcing credit claimed",
        "Candidate added",
    }
    assert not [e for e in entries if "Rita" in (e.by + e.text)]
    assert [e.by for e in entries if e.title == "Sourcing credit claimed"] == [ANOTHER]


def test_a_company_sees_nothing_of_a_candidate_but_its_own_proposals(cast: Cast, rivalry: None) -> None:
    assert told(cast, cast.carl, candidate_id=CANDIDATE) == []  # the proposal is not in Acme's table
    assert told(cast, cast.carl, proposal_id=PROPOSAL) == [("Proposed", "Rita")]


def test_the_platform_sees_everything(cast: Cast, rivalry: None) -> None:
    assert len(told(cast, cast.pia, candidate_id=CANDIDATE)) == 5


def test_single_ratings_are_for_the_platform_alone(cast: Cast) -> None:
    rita, omar = recruiter(cast.rita), recruiter(cast.omar)
    happen(
        cast.actor(cast.omar), events.FeedbackGiven(**OF_PLACEMENT, recruiter_id=rita, by_recruiter_id=omar, stars=2)
    )
    assert told(cast, cast.rita, placement_id=PLACEMENT) == []
    assert told(cast, cast.pia, placement_id=PLACEMENT) == [("Feedback given", "Omar")]


def test_a_timeline_goes_on_below_its_newest_twenty(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    with unit_of_work(pia) as uow:
        for _ in range(21):
            uow.record(events.CandidateViewed(candidate_id=CANDIDATE))
    newest = timeline(pia, candidate_id=CANDIDATE)
    oldest = timeline(pia, candidate_id=CANDIDATE, before=newest.older)
    assert (len(newest.rows), len(oldest.rows), oldest.older) == (20, 1, None)
    assert newest.older == newest.rows[-1].id > oldest.rows[0].id


def test_an_entry_has_its_number_once_it_is_sealed_and_opens_for_its_reader(cast: Cast) -> None:
    happen(cast.actor(cast.rita), events.ProposalCreated(**OF_PROPOSAL, recruiter_id=JOB, expires_at=EXPIRES))
    (before,) = timeline(cast.actor(cast.rita), proposal_id=PROPOSAL).rows
    sealed = chain.seal_pending(actor=cast.actor(cast.pia))
    (after,) = timeline(cast.actor(cast.pia), proposal_id=PROPOSAL).rows
    assert (before.number, before.path) == (None, f"/proposals/{PROPOSAL}/log/{before.id}")
    assert (after.number, after.path) == (sealed, f"/admin/events?event={after.id}")


def test_what_a_recruiter_is_paid_stands_in_no_history_of_anybody_else(cast: Cast) -> None:
    rita, figures = recruiter(cast.rita), {"placement_id": PLACEMENT, "currency": "USD", "amount_minor": 100}
    due = events.PayoutDue(**figures, recruiter_id=rita, payout_id=JOB)
    owed = events.ClawbackOpened(**figures, recruiter_id=rita, clawback_id=JOB)
    happen(cast.actor(cast.pia), due, owed, events.SplitsLocked(**OF_PLACEMENT, version=1, sha256=""))
    assert len(told(cast, cast.rita, placement_id=PLACEMENT)) == 3
    assert [told(cast, who, placement_id=PLACEMENT) for who in (cast.omar, cast.carl)] == [
        [("Split locked", "Pia")]
    ] * 2
    moved = timeline(cast.actor(cast.rita), placement_id=PLACEMENT, money=True)
    assert [entry.title for entry in moved.rows] == ["Clawback opened", "Payout due"]


def test_the_day_is_that_of_the_viewers_zone(cast: Cast) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE identity.users SET time_zone = 'Asia/Tokyo'"))
    pia = cast.actor(cast.pia)
    happen(pia, events.ProposalCreated(**OF_PROPOSAL, recruiter_id=JOB, expires_at=EXPIRES))
    (entry,) = timeline(pia, proposal_id=PROPOSAL).rows
    assert entry.text == f"{NOBODY} proposed the candidate; decision due 15 Mar 2027."


def test_a_type_without_words_shows_its_name(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    happen(pia, events.CandidateViewed(candidate_id=CANDIDATE))
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET type = 'offer.made_twice'"))
    assert told(cast, cast.pia, candidate_id=CANDIDATE) == [("Offer made twice", "Pia")]
