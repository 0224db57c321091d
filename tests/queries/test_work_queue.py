"""The work queue: who is asked to do what, until when, and what waits for others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed, CollaboratorRole
from portal.domain.errors import Conflict
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Membership
from portal.queries import work_queue
from portal.queries.prepared import prepared
from portal.queries.waiting.kinds import waiting_for
from portal.runtime.clock import simulated
from portal.services import billing_details, jobs, proposals
from portal.services.billing import invoices, runs
from portal.services.candidates import ownership
from portal.services.identity import accounts
from portal.services.placements import amendments, corrections, guarantees, replacements
from portal.services.reputation import appeals
from tests import hires, money
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.histories import contested
from tests.marketplace import claimed, later, posted, proposed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


def seen(cast: Cast, person: Person, **span: float) -> dict[str, list[tuple[str, str, str]]]:
    """Return the queue of a person at a time after the day: group → who, what, verb."""
    with simulated(later(**span)):
        queue = work_queue.queue(cast.actor(person))
    return {str(group): [(i.who, i.what, i.verb) for i in items] for group, items in queue.groups}


def test_who_has_not_begun_is_told_so(cast: Cast) -> None:
    for person in (cast.rita, cast.carl, cast.hana, cast.pia):
        queue = work_queue.queue(cast.actor(person))
        assert (queue.groups, queue.is_new, queue.mine, queue.today) == ((), True, 0, 0)


def test_who_shares_in_a_placement_alone_has_begun(cast: Cast) -> None:
    money.started(cast)
    queue = work_queue.queue(cast.actor(cast.omar))
    assert not queue.is_new
    assert [item.who for day in queue.days for item in day.items] == []
    assert next(figure.value for figure in queue.figures if figure.label == "Active placements") == 1


def test_a_company_decides_on_proposals_and_reads_initials(cast: Cast) -> None:
    proposed(cast)
    row = ("L. B.", "Staff ML Engineer: decision due", "Decide")
    assert seen(cast, cast.hana) == {"Coming up": [row]}  # seven days are left to the minute
    assert seen(cast, cast.hana, hours=1) == {"This week": [row]}
    assert seen(cast, cast.carl, days=6, hours=1) == {"Now": [row]}
    assert seen(cast, cast.zoe) == {}


def test_the_recruiter_waits_for_the_decision_and_reads_the_name(cast: Cast) -> None:
    proposed(cast)
    row = ("Lena Brandt", "Staff ML Engineer: waiting for Acme to decide", "Open")
    assert seen(cast, cast.rita) == {"Waiting on others": [row]}
    assert seen(cast, cast.omar) == {}


def test_a_question_is_the_recruiters_to_answer_by_the_deadline(cast: Cast) -> None:
    question = proposals.ask(proposed(cast), actor=cast.actor(cast.hana), question="When could she start?")
    asked = ("Lena Brandt", "Staff ML Engineer: question to answer", "Answer")
    assert seen(cast, cast.rita, days=6, hours=1) == {
        "Now": [asked]
    }  # a proposal is one row, not another for the decision
    undecided = ("L. B.", "Staff ML Engineer: decision due, Rita hasn’t answered yet", "Decide")
    assert seen(cast, cast.hana, days=6, hours=1) == {"Now": [undecided]}
    proposals.answer(question, actor=cast.actor(cast.rita), answer="In May.")
    assert seen(cast, cast.rita, days=6, hours=1).keys() == {"Waiting on others"}
    assert seen(cast, cast.hana, days=6, hours=1) == {"Now": [("L. B.", "Staff ML Engineer: decision due", "Decide")]}


def test_a_question_on_a_decided_proposal_still_waits_without_a_deadline(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When could she start?")
    proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason="salary")
    assert [what for _, what, _ in seen(cast, cast.rita)["This week"]] == ["Staff ML Engineer: question to answer"]


def test_an_accepted_proposal_waits_for_its_hire_by_an_admin(cast: Cast) -> None:
    hires.accepted(cast)
    assert seen(cast, cast.carl) == {
        "This week": [("Maya Okafor", "Staff ML Engineer: accepted, record the hire", "Record hire")]
    }
    assert seen(cast, cast.hana) == {}
    assert [what for _, what, _ in seen(cast, cast.rita)["Waiting on others"]] == [
        "Staff ML Engineer: accepted, waiting for Acme to record the hire"
    ]


def test_an_accepted_proposal_of_a_closed_job_waits_for_nothing(cast: Cast) -> None:
    job_id = posted(cast)
    hires.accepted(cast, job_id=job_id)
    jobs.change_status(job_id, actor=cast.actor(cast.carl), status="closed")
    assert seen(cast, cast.carl) == {}


def test_a_hire_waits_for_its_activation(cast: Cast) -> None:
    hires.hired(cast)
    assert seen(cast, cast.carl) == {
        "This week": [("Maya Okafor", "Staff ML Engineer: hired, activate on the start date", "Activate")]
    }
    assert seen(cast, cast.hana) == {}


GUARANTEE = ("Maya Okafor", "Staff ML Engineer: guarantee ends", "Open")


@pytest.mark.parametrize(
    ("day", "groups"),
    [(59, {}), (61, {"Coming up": [GUARANTEE]}), (85, {"This week": [GUARANTEE]}), (90, {"Now": [GUARANTEE]})],
)
def test_a_guarantee_that_ends_is_seen_by_company_and_team(
    cast: Cast, day: int, groups: dict[str, list[tuple[str, str, str]]]
) -> None:
    hires.active(cast)  # 90 days from today
    money.billed(cast)
    for person in (cast.carl, cast.hana, cast.rita):
        assert seen(cast, person, days=day) == groups
    assert seen(cast, cast.omar, days=day) == {}


@pytest.mark.parametrize("few", [1_000, 1])
def test_guarantees_of_a_recruiter_are_found_among_few_shares_and_among_many(
    cast: Cast, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.queries.waiting.placements.FEW", few)
    monkeypatch.setattr(work_queue, "_waiting", prepared(lambda viewer, window: waiting_for(viewer, window)))
    hires.active(cast)
    hires.active(cast, days=80)
    assert seen(cast, cast.rita, days=79) == {"This week": [GUARANTEE], "Coming up": [GUARANTEE]}
    assert seen(cast, cast.omar, days=79) == {}


def test_a_placement_that_does_not_complete_by_itself_is_for_the_admin(cast: Cast) -> None:
    hires.active(cast, days=30)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE ats.placements SET automatic_completion = false"))
    row = ("Maya Okafor", "Staff ML Engineer: guarantee ended, complete the placement", "Complete")
    assert row not in seen(cast, cast.carl, days=29).get("Now", [])
    assert row in seen(cast, cast.carl, days=31)["Now"]
    assert seen(cast, cast.rita, days=31) == {}


def test_a_completed_placement_waits_for_nothing(cast: Cast) -> None:
    hires.active(cast, days=30)
    money.billed(cast)
    with simulated(later(days=31)):
        guarantees.complete_due(actor=cast.actor(cast.pia))
    assert seen(cast, cast.carl, days=31) == {}


def test_an_amendment_waits_for_who_has_to_agree(cast: Cast) -> None:
    money.billed(cast)
    placement_id = hires.hired(cast)
    hires.share(cast, placement_id, cast.omar, "support", 1_000)
    placement_id = _activated(cast, placement_id)
    assert cast.rita.recruiter_id
    assert cast.omar.recruiter_id
    lines = [
        Agreed(cast.rita.recruiter_id, CollaboratorRole.SOURCER, 5_000),
        Agreed(cast.rita.recruiter_id, CollaboratorRole.SUBMITTER, 3_000),
        Agreed(cast.omar.recruiter_id, CollaboratorRole.SUPPORT, 2_000),
    ]
    amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason="He did most of it.")
    row = ("Maya Okafor", "Staff ML Engineer: split change to approve", "Review")
    assert seen(cast, cast.omar) == {"Coming up": [row]}  # an answer after a week counts like none
    assert "+$" in cast.client(cast.omar).get("/").text
    assert seen(cast, cast.rita) == {}
    assert seen(cast, cast.pia) == {}
    with Session(db.engine) as session, session.begin():
        session.execute(delete(Membership).where(Membership.user_id == cast.omar.user_id))
    away = ("Maya Okafor", "Staff ML Engineer: split change waits for Omar, who can’t answer", "Decide")
    assert seen(cast, cast.pia) == {"This week": [away]}
    page = cast.client(cast.rita).get(f"/placements/{placement_id}/amendments").text
    assert "Omar has left or is suspended and can’t answer, so a platform admin decides." in page


def _activated(cast: Cast, placement_id: uuid.UUID) -> uuid.UUID:
    return hires.placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=hires.TODAY)


def test_a_protection_is_named_thirty_days_before_its_end(cast: Cast) -> None:
    claimed(cast)
    row = ("Lena Brandt", "Your claim expires", "Open")
    assert seen(cast, cast.rita, days=334) == {}
    assert seen(cast, cast.rita, days=336) == {"Coming up": [row]}
    assert seen(cast, cast.rita, days=364, hours=1) == {"Now": [row]}
    assert seen(cast, cast.rita, days=365) == {}


def test_the_platform_sees_conflicts_pending_recruiters_and_what_expires(cast: Cast) -> None:
    candidate_id = claimed(cast)
    proposed(cast, candidate_id=candidate_id)
    with pytest.raises(Conflict):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    hires.recruiters(cast, 1, status="pending")
    queue = seen(cast, cast.pia, days=6, hours=1)
    assert queue["Waiting on others"] == [("Lena Brandt", "Staff ML Engineer: waiting for Acme to decide", "Open")]
    week = queue["This week"]
    assert ("Lena Brandt", "Omar tried to claim this candidate", "Review claims") in week
    assert ("Recruiter 0", "Needs activation", "Activate") in week
    assert [verb for _, what, verb in week if "a minute late" in what] == ["Review"]


def test_mails_that_gave_up_are_counted_for_the_platform(cast: Cast) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(DEAD))
    assert seen(cast, cast.pia) == {"This week": [("3 emails", "Couldn’t be delivered", "Review")]}


DEAD = """
    INSERT INTO notifications.deliveries (id, event_id, template, user_id, to_address, subject, body_text, body_html,
        correlation_id, path, state, created_at, next_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 't', gen_random_uuid(), '', '', '', '', 'c', '', 'dead', now(), now()
    FROM generate_series(1, 3)
"""


def test_rows_stand_by_deadline_and_only_the_soonest_twenty(cast: Cast) -> None:
    job_id = posted(cast)
    for number in range(22):
        with simulated(later(hours=22 - number)):
            proposed(cast, job_id=job_id, name=f"{chr(65 + number)}no Berg")
    with simulated(later(days=1)):
        queue = work_queue.queue(cast.actor(cast.carl))
    ((group, items),) = queue.groups
    assert (group, len(items)) == ("This week", 20)
    assert [i.due for i in items] == sorted(i.due for i in items if i.due)
    assert items[0].who == "V. B."


def test_the_number_of_rows_costs_no_statement(cast: Cast) -> None:
    job_id = posted(cast)
    counted = []
    for number in (1, 9):
        for _ in range(number):
            proposed(cast, job_id=job_id)
        for person in (cast.rita, cast.carl, cast.hana, cast.pia):
            counted.append(_statements(cast, person))
    assert counted == [4, 3, 3, 3] * 2  # a recruiter's payouts are looked for, too


def _statements(cast: Cast, person: Person) -> int:
    actor = cast.actor(person)
    with statements() as seen:
        work_queue.queue(actor)
    return len(seen)


def test_the_days_to_come_show_what_is_to_be_paid_and_nothing_overdue(cast: Cast) -> None:
    invoice = money.invoice_of(money.started(cast))
    due = datetime.combine(invoice.due_on, time(12), UTC)
    with simulated(later(days=70)):
        rita = [(i.ahead, i.who, i.minor) for d in work_queue.queue(cast.actor(cast.rita)).days for i in d.items]
    assert ("Payout expected", "Maya Okafor", 1_750_000) in rita  # 40 and 30% of it
    assert [invoice.due_on] == days_with(cast, cast.carl, "Invoice due", at=due - timedelta(days=2))
    assert days_with(cast, cast.carl, "Invoice due", at=due + timedelta(days=2)) == []


def test_who_has_entered_no_billing_details_is_told_which_invoices_wait_for_them(cast: Cast) -> None:
    asked = ("1 invoice", "Can’t be issued without your billing details", "Enter")
    hires.active(cast)
    for person in (cast.pia, cast.carl):
        assert asked in seen(cast, person)["This week"]
    assert asked not in seen(cast, cast.zoe).get("This week", [])
    billing_details.save(cast.acme, actor=cast.actor(cast.carl), details=money.ACME)
    assert asked not in seen(cast, cast.carl).get("This week", [])
    assert asked in seen(cast, cast.pia)["This week"]
    money.billed(cast)
    assert asked not in seen(cast, cast.pia).get("This week", [])


def test_an_invoice_waits_for_its_payment_and_then_for_the_receipt(cast: Cast) -> None:
    row = money.invoice_of(money.started(cast))
    late = {"days": 400}
    owed = ("Maya Okafor", f"Invoice {row.number}: payment due", "Open invoice")
    assert owed in seen(cast, cast.carl, **late)["Now"]
    assert "Record receipt" not in str(seen(cast, cast.pia, **late))
    invoices.announce(row.id, actor=cast.actor(cast.carl), paid_on=DAY.date(), reference="wire 7")
    reported = ("Maya Okafor", f"Invoice {row.number}: payment reported, not received yet", "Open")
    assert reported in seen(cast, cast.carl, **late)["Waiting on others"]
    assert owed not in seen(cast, cast.carl, **late).get("Now", [])
    to_record = ("Maya Okafor", f"Invoice {row.number}: payment reported by Acme", "Record receipt")
    assert to_record in seen(cast, cast.pia, **late)["Now"]
    with simulated(later(days=1)):
        money.paid(cast, row.placement_id, 100)
    assert owed in seen(cast, cast.carl, **late)["Now"]
    assert "Record receipt" not in str(seen(cast, cast.pia, **late))


def test_due_payouts_and_runs_say_how_much_money_is_in_them(cast: Cast) -> None:
    money.paid(cast, money.started(cast, payout_schedule="when_paid"), 2_500_000)
    assert amounts(cast, cast.pia, "payout") == [("4 payouts", 2_500_000, "USD")]
    runs.collect(actor=cast.actor(cast.pia), currency="USD")
    assert amounts(cast, cast.pia, "payout") == [("1 payout run", 2_500_000, "USD")]


def amounts(cast: Cast, person: Person, who: str) -> list[tuple[str, int | None, str | None]]:
    """Return the money of the rows of a person's queue that are about something."""
    queue = work_queue.queue(cast.actor(person))
    return [(i.who, i.minor, i.currency) for _, items in queue.groups for i in items if who in i.who]


def days_with(cast: Cast, person: Person, ahead: str, *, at: datetime) -> list[date]:
    """Return the days to come on which something of a kind stands in the queue of a person at a time."""
    with simulated(at):
        days = work_queue.queue(cast.actor(person)).days
    return [d.day for d in days for i in d.items if i.ahead == ahead]


def test_each_button_leads_to_the_form_that_does_it(cast: Cast) -> None:
    accepted = proposed(cast, name="Jon Reyes")
    proposals.accept(accepted, actor=cast.actor(cast.carl))
    placement_id = hires.hired(cast)
    queue = work_queue.queue(cast.actor(cast.carl))
    leads = {item.verb: item.form for _, items in queue.groups for item in items}
    assert leads == {
        "Record hire": f"/placements/new?proposal={accepted}",
        "Activate": f"/placements/{placement_id}/activate",
    }
    hires.recruiters(cast, 1, status="pending")
    forms = [
        i.form for _, items in work_queue.queue(cast.actor(cast.pia)).groups for i in items if i.verb == "Activate"
    ]
    assert [form.partition("#")[2] for form in forms] == ["recruiter-h"]  # the card is the last one on a phone


def test_the_days_to_come_say_what_ends_or_is_due(cast: Cast) -> None:
    proposed(cast)
    decision = work_queue.queue(cast.actor(cast.hana)).days
    hires.active(cast)
    with simulated(later(days=61)):
        guarantee = work_queue.queue(cast.actor(cast.carl)).days
    said = [(d.day.isoformat(), [(i.ahead, i.who) for i in d.items]) for d in guarantee]
    assert said[-1:] == [(hires.day(90).isoformat(), [("Guarantee ends", "Maya Okafor")])]
    assert [(d.day.isoformat(), [(i.ahead, i.who) for i in d.items]) for d in decision] == [
        ("2026-12-01", [("Decision due", "L. B.")])
    ]


def figures(cast: Cast, person: Person, **span: float) -> dict[str, tuple[int | None, str]]:
    """Return the figures of a person: label → value and what stands under it."""
    with simulated(later(**span)):
        return {f.label: (f.value, f.sub) for f in work_queue.queue(cast.actor(person)).figures}


def test_figures_of_a_recruiter(cast: Cast) -> None:
    hires.active(cast)
    assert figures(cast, cast.rita, days=61) == {
        "Reputation": (None, "no score yet"),
        "Active placements": (1, "1 guarantee ends within 30 days"),
        "Proposals": (1, "last 12 weeks"),
    }
    with db.engine.begin() as connection:
        connection.execute(text(SCORE), {"id": cast.rita.recruiter_id})
    assert figures(cast, cast.rita)["Reputation"] == (85, "provisional")


SCORE = """
    INSERT INTO network.recruiter_reputation (recruiter_id, score, hire, completion, collaboration, responsiveness,
        decided, placements, completed, failed, feedback_count, response_count, provisional, updated_at)
    VALUES (:id, 84.5, 50, 50, 50, 50, 0, 0, 0, 0, 0, 0, true, now())
"""


def test_an_appeal_waits_for_a_platform_admin_until_it_is_ruled_on(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason="position_filled")
    appeal_id = contested(cast, "proposal", proposal_id)
    assert seen(cast, cast.pia)["This week"] == [("Rita", "Appeals a declined proposal", "Decide")]
    assert "This week" not in seen(cast, cast.carl)
    appeals.rule(appeal_id, actor=cast.actor(cast.pia), exclude=False, ruling="The role was open.")
    assert "This week" not in seen(cast, cast.pia)


def test_figures_of_a_company(cast: Cast) -> None:
    first, second, third = (proposed(cast) for _ in range(3))
    with simulated(later(hours=23)):
        proposals.accept(first, actor=cast.actor(cast.hana))
        proposals.accept(second, actor=cast.actor(cast.hana))
    with simulated(later(days=2)):
        proposals.decline(third, actor=cast.actor(cast.hana), reason="salary")
    assert figures(cast, cast.hana, days=3) == {
        "Decisions made within 24 hours": (67, "2 of 3, last 30 days"),
        "Active placements": (0, "0 guarantees end within 30 days"),
        "Proposals received": (3, "last 12 weeks"),
    }
    assert figures(cast, cast.zoe, days=3)["Decisions made within 24 hours"] == (None, "last 30 days")
    with simulated(later(days=3)):
        for person, label, rows in (
            (cast.hana, "Decisions made within 24 hours", 2),
            (cast.hana, "Proposals received", 3),
            (cast.rita, "Proposals", 3),
            (cast.pia, "Hires", 0),
        ):
            assert (label, listed(cast, person, label)) == (label, rows)


def listed(cast: Cast, person: Person, label: str) -> int:
    """Return how many rows the list has to which a figure leads."""
    path = next(f.path for f in work_queue.queue(cast.actor(person)).figures if f.label == label)
    return len(cast.client(person).get(f"{path}&format=csv").text.splitlines()) - 1


def test_figures_of_the_platform(cast: Cast) -> None:
    hires.hired(cast)
    proposed(cast)
    assert figures(cast, cast.pia, days=6, hours=1) == {
        "Open proposals": (1, "1 expires within 24 hours"),
        "Active placements": (0, "0 guarantees end within 30 days"),
        "Hires": (1, "last 12 weeks"),
    }


def test_the_series_has_one_value_a_week_oldest_first(cast: Cast) -> None:
    proposed(cast)
    with simulated(later(days=8)):
        proposed(cast)
        proposed(cast)
    with simulated(later(days=9)):
        series = work_queue.queue(cast.actor(cast.rita)).figures[2].series
    assert series == (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)


def test_who_lost_the_last_role_sees_an_empty_queue(cast: Cast) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM identity.memberships WHERE role = :role"), {"role": Role.HIRING_MANAGER})
    assert work_queue.queue(cast.actor(cast.hana)).groups == ()


def test_deadlines_come_from_the_proposal(cast: Cast) -> None:
    proposed(cast)
    (_, (item,)), *_ = work_queue.queue(cast.actor(cast.carl)).groups
    assert item.due == DAY + timedelta(days=7)


def test_rows_stand_by_the_time_left_and_then_by_the_money_in_them(cast: Cast) -> None:
    job = posted(cast, title="Chef")
    for name, salary in (("Small Sum", 1_000_000), ("Large Sum", 30_000_000), ("No Sum", None)):
        proposed(cast, job_id=job, name=name, salary=salary)
    with simulated(later(hours=-1)):
        proposed(cast, job_id=job, name="Hour Less", salary=500_000)
    with simulated(later(hours=1)):
        (_, items), *_ = work_queue.queue(cast.actor(cast.rita)).groups
    assert [(i.who, i.minor, i.currency) for i in items] == [
        ("Hour Less", 100_000, "USD"),
        ("Large Sum", 6_000_000, "USD"),
        ("Small Sum", 200_000, "USD"),
        ("No Sum", None, "USD"),
    ]


def test_a_replacement_that_is_wanted_waits_for_the_lead(cast: Cast) -> None:
    placement_id = hires.failed(cast)
    with simulated(later(days=10)):
        replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=hires.day(20))
    wanted = ("Maya Okafor", "Staff ML Engineer: replacement requested", "Open")
    assert wanted in [row for rows in seen(cast, cast.rita, days=11).values() for row in rows]
    assert ("Maya Okafor", "Staff ML Engineer: waiting for a replacement from the recruiters", "Open") in seen(
        cast, cast.carl, days=11
    )["Waiting on others"]
    assert wanted not in [row for rows in seen(cast, cast.omar, days=11).values() for row in rows]


def test_who_has_put_off_the_soonest_sees_the_next_twenty(cast: Cast) -> None:
    job_id = posted(cast)
    for number in range(2 * SNOOZED + 7):
        with simulated(later(minutes=number)):
            proposed(cast, job_id=job_id)
    with db.engine.begin() as connection:
        connection.execute(text(PUT_OFF), {"who": cast.carl.user_id, "number": SNOOZED, "until": later(days=5)})
    with simulated(later(hours=1)):
        (group, items), *others = work_queue.queue(cast.actor(cast.carl)).groups
    assert (group, others) == ("This week", [])
    assert [item.due for item in items] == [later(days=7, minutes=SNOOZED + n) for n in range(20)]


SNOOZED = work_queue.FEW_SNOOZED + 1
PUT_OFF = """
    INSERT INTO identity.snoozes (user_id, kind, subject_id, until)
    SELECT :who, 'decide', id, :until FROM network.candidate_role_assignments ORDER BY expires_at LIMIT :number
"""


def test_what_there_is_now_is_counted_up_to_a_number(cast: Cast) -> None:
    for _ in range(2):
        proposed(cast)
    shown = [work_queue.figures(cast.actor(cast.pia), most=most)[0][0] for most in (1, 2)]
    assert [(figure.value, figure.is_more) for figure in shown] == [(1, True), (2, False)]


def test_who_is_suspended_is_asked_for_nothing_that_would_be_refused(cast: Cast) -> None:
    money.billed(cast)
    placement_id = _activated(cast, hires.hired(cast))
    carl, rita = cast.actor(cast.carl), cast.rita
    open_id = proposed(cast, rita, name="Bea Two", job_id=posted(cast, title="Baker"))
    proposals.ask(open_id, actor=carl, question="When?")
    guarantees.extend(placement_id, actor=carl, additional_days=30, reason="More time")
    corrections.correct(placement_id, actor=carl, right=corrections.Right(salary_minor=9_000_000), reason="Typed wrong")
    asked = {"question to answer", "guarantee extension to answer", "hire correction to approve"}
    before, pages = _asked_of(cast, rita), (f"/placements/{placement_id}", f"/placements/{placement_id}/amendments")
    assert asked <= before
    assert all("/answer" in cast.client(rita).get(page).text for page in pages)
    accounts.set_recruiter_status(hires.recruiter(rita), actor=cast.actor(cast.pia), status="suspended")
    assert _asked_of(cast, rita) == before - asked
    assert not any("/answer" in cast.client(rita).get(page).text for page in pages)
    assert "Rita has left or is suspended and can’t answer" in cast.client(cast.carl).get(pages[0]).text


def _asked_of(cast: Cast, who: Person) -> set[str]:
    return {what.rpartition(": ")[2] for rows in seen(cast, who).values() for _, what, _ in rows}
