"""The rule that would decide a dispute (disputes.md §2, §6): facts, the ruling that follows, and when it decides."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain import deciding
from portal.domain.deciding import Claimed, Contacted, Outlook, Side, TakenBack
from portal.domain.disputes import Effect

ZONE = ZoneInfo("UTC")
CLAIMED = datetime(2026, 5, 3, 9, 12, tzinfo=UTC)
RITA, OMAR, ZED = (Side(uuid.uuid4(), name) for name in ("Rita", "Omar", "Zed"))
STANDING = Claimed(RITA.id, CLAIMED, CLAIMED + timedelta(days=365))


def ownership(
    *, claimed: datetime | None = None, ended: datetime = CLAIMED, contacts: tuple[Contacted, ...] = ()
) -> Outlook:
    """Judge Rita's claim against Omar's, which ran from `claimed` to `ended`."""
    earlier = [Claimed(OMAR.id, claimed, ended)] if claimed else []
    return deciding.ownership(STANDING, owner=RITA, rival=OMAR, earlier=earlier, contacts=contacts, zone=ZONE)


def holds(outlook: Outlook) -> list[bool]:
    """Return which of the facts hold."""
    return [fact.holds for fact in outlook.facts]


@pytest.mark.parametrize(
    ("day", "is_void", "follows", "holding"),
    [
        (30, False, Effect.REMEDY, [True, True]),
        (31, False, Effect.NONE, [False, True]),
        (29, True, Effect.NONE, [True, False]),
    ],
)
def test_a_departure_on_the_last_day_is_inside_the_guarantee(
    day: int, *, is_void: bool, follows: Effect, holding: list[bool]
) -> None:
    last = date(2026, 5, 1) + timedelta(days=day)
    found = deciding.guarantee(last, date(2026, 5, 31), reason="Layoff", is_void=is_void)
    assert (found.follows, holds(found), found.one_sided) == (follows, holding, False)


def test_the_first_claim_is_kept_against_a_later_contact() -> None:
    found = ownership(contacts=(Contacted(OMAR.id, CLAIMED + timedelta(days=12)),))
    assert (found.follows, found.one_sided, holds(found)) == (Effect.KEEP, True, [True, True, True])
    assert [fact.text for fact in found.facts] == [
        "Rita claimed the candidate on Sun 3 May 2026, 09:12 UTC, protected until Mon 3 May 2027, 09:12 UTC.",
        "Omar had no active claim at that moment.",
        "Omar’s first logged contact, on Fri 15 May 2026, 09:12 UTC, came 12 days after Rita’s claim.",
    ]


def test_a_claim_made_while_another_was_live_gives_way() -> None:
    found = ownership(claimed=CLAIMED - timedelta(days=30), ended=CLAIMED + timedelta(days=335))
    assert (found.follows, found.one_sided, holds(found)) == (Effect.TRANSFER, True, [True, False, True])


def test_a_claim_that_ended_at_that_moment_was_live_no_more() -> None:
    assert ownership(claimed=CLAIMED - timedelta(days=365)).follows is Effect.KEEP


def test_a_contact_before_the_claim_is_for_somebody_to_weigh() -> None:
    found = ownership(contacts=(Contacted(OMAR.id, CLAIMED - timedelta(hours=2)),))
    assert (found.follows, found.one_sided, holds(found)) == (Effect.KEEP, False, [True, True, False])


def test_contacts_and_claims_of_a_third_recruiter_change_nothing() -> None:
    third = Claimed(ZED.id, CLAIMED - timedelta(days=9), CLAIMED + timedelta(days=9))
    contacts = (Contacted(ZED.id, CLAIMED - timedelta(days=9)),)
    found = deciding.ownership(STANDING, owner=RITA, rival=OMAR, earlier=[third], contacts=contacts, zone=ZONE)
    assert (found.follows, found.one_sided, holds(found)) == (Effect.KEEP, True, [True, True, True])
    assert found.facts[2].text == "Omar logged no contact with the candidate."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59, "less than a minute"), (60, "1 minute"), (7_199, "1 hour"), (86_399, "23 hours"), (-172_800, "2 days")],
)
def test_how_far_two_times_are_apart_is_said_in_the_largest_unit_that_fills(seconds: int, said: str) -> None:
    assert deciding.apart(CLAIMED, CLAIMED + timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("days_before", "follows"),
    [(None, Effect.REFUSE), (181, Effect.REFUSE), (180, Effect.VOID), (1, Effect.VOID), (0, Effect.REFUSE)],
)
def test_what_was_known_is_proven_by_the_180_days_before_the_proposal(days_before: int | None, follows: Effect) -> None:
    met = [] if days_before is None else [CLAIMED - timedelta(days=days_before)]
    found = deciding.already_known(CLAIMED, company="Acme", met=met, attached=0, zone=ZONE)
    is_proven = follows is Effect.VOID
    assert (found.follows, found.one_sided, holds(found)) == (follows, not is_proven, [is_proven, False])
    weighed = deciding.already_known(CLAIMED, company="Acme", met=met, attached=2, zone=ZONE)
    assert (weighed.follows, weighed.one_sided, holds(weighed)) == (follows, False, [is_proven, True])
    assert weighed.facts[1].text == "Acme attached 2 files; an admin has to judge what that proves."


def test_a_lack_of_proof_names_the_days_that_were_looked_at() -> None:
    found = deciding.already_known(CLAIMED, company="Acme", met=[], attached=0, zone=ZONE)
    assert found.facts[0].text == (
        "The portal shows no contact between Acme and the candidate between 4 Nov 2025"
        " and the proposal on Sun 3 May 2026, 09:12 UTC."
    )


def test_the_settings_may_ask_for_a_later_proof() -> None:
    met = [CLAIMED - timedelta(days=100)]
    for days, follows in ((90, Effect.REFUSE), (100, Effect.VOID)):
        found = deciding.already_known(CLAIMED, company="Acme", met=met, attached=0, zone=ZONE, days=days)
        assert (found.follows, f"from the {days} days" in found.rule.quote) == (follows, True)


def test_a_split_that_came_about_by_consent_is_kept() -> None:
    found = deciding.splits(version=2, locked_at=CLAIMED, forced=[], zone=ZONE)
    assert (found.follows, found.one_sided, holds(found)) == (Effect.KEEP, False, [True, True])
    assert found.facts[0].text == "Version 2 of the split was locked on Sun 3 May 2026, 09:12 UTC."


def test_a_share_taken_back_without_consent_asks_for_an_amendment() -> None:
    found = deciding.splits(version=3, locked_at=None, forced=[TakenBack(CLAIMED, "Pia")], zone=ZONE)
    assert (found.follows, found.one_sided, holds(found)) == (Effect.AMEND, False, [False, False, False])
    assert found.facts[0].text == "The split is at version 3 and not locked yet."
    assert found.facts[2].text == "Pia changed shares without that agreement on Sun 3 May 2026, 09:12 UTC."


def test_a_payout_is_released_as_the_books_have_it_unless_somebody_weighs_otherwise() -> None:
    found = deciding.payout(is_settled=True, has_come=False, taken=True)
    assert (found.follows, found.one_sided, holds(found)) == (Effect.RELEASE, False, [True, False, False])


@pytest.mark.parametrize(
    ("is_as_agreed", "has_started", "follows"),
    [(True, True, Effect.RELEASE), (False, True, Effect.CREDIT), (True, False, Effect.CREDIT)],
)
def test_an_invoice_stands_that_asks_for_what_was_agreed(
    is_as_agreed: bool, has_started: bool, follows: Effect
) -> None:
    found = deciding.invoice(is_as_agreed=is_as_agreed, has_started=has_started)
    assert (found.follows, found.one_sided, holds(found)) == (follows, False, [is_as_agreed, has_started])


@pytest.mark.parametrize(
    ("answered", "late", "one_sided", "decides"),
    [(False, -1, True, False), (False, 0, True, True), (True, -1, True, True), (True, 0, False, False)],
)
def test_the_rule_decides_only_what_is_one_sided_and_once_the_other_side_was_heard_or_let_its_time_pass(
    answered: bool, late: int, one_sided: bool, decides: bool
) -> None:
    outlook = Outlook(deciding.FIRST_CLAIM, (), Effect.KEEP, one_sided=one_sided)
    now = CLAIMED + timedelta(seconds=late)
    assert outlook.decides(answered=answered, answer_due_at=CLAIMED, now=now) is decides
