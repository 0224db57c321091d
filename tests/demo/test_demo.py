"""The demo: eight months that really happened, ending now, and something true on every page of the cast."""

from __future__ import annotations

import stat
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import access
from portal.demo import load
from portal.demo.people import ADMINS, PEOPLE, SEEKERS
from portal.demo.plan import HIRES, OFFERS, OPENINGS
from portal.domain.billing.terms import PayoutSchedule, Remedy
from portal.domain.disputes import SubjectType
from portal.domain.permissions import Actor
from portal.extensions import db, reading
from portal.models import Candidate
from portal.queries import work_queue
from portal.queries.billing import ledger
from portal.queries.billing.listing import INVOICES
from portal.queries.candidates.candidates import detail
from portal.queries.identity import accounts
from portal.queries.work_queue import Group
from portal.services.billing import verification as verification_of_books
from portal.services.log import verification
from tests.demo.conftest import Demo, scratch_app


def rows(query: str) -> list[tuple[Any, ...]]:
    """Read rows of the demo."""
    return [tuple(row) for row in reading().execute(text(query))]


def counts(query: str) -> dict[str, int]:
    """Read a word and a number a row."""
    return {str(word): number for word, number in rows(query)}


def actor(key: str) -> Actor:
    """Return the actor that one of the demo's people is."""
    found = accounts.actor_by_email(f"{key}@demo.test")
    assert found is not None
    return found


def test_proposals_stand_in_all_six_states(inside: None) -> None:
    assert counts("SELECT state, count(*) FROM network.candidate_role_assignments GROUP BY 1") == {
        "proposed": 6,
        "company_reviewing": 4,
        "accepted": 24,
        "declined": 12,
        "withdrawn": 6,
        "timeout": 8,
    }


def test_placements_stand_in_all_four_states(inside: None) -> None:
    assert counts("SELECT state, count(*) FROM ats.placements GROUP BY 1") == {
        "hired": 4,
        "active": 6,
        "completed": 6,
        "failed": 4,
    }


def test_there_are_forty_candidates_and_twelve_jobs_of_every_status(inside: None) -> None:
    assert rows("SELECT count(*), count(DISTINCT phone_key) FROM ats.candidates") == [(40, 40)]
    assert counts("SELECT status, count(*) FROM ats.jobs GROUP BY 1") == {
        "active": 8,
        "draft": 1,
        "paused": 1,
        "filled": 1,
        "closed": 1,
    }


def test_the_tables_of_the_plan_fit_together() -> None:
    assert (len(SEEKERS), len(OPENINGS), len(OFFERS), len(HIRES)) == (40, 12, 60, 20)
    assert {o.seeker for o in OFFERS} <= {s.key for s in SEEKERS}
    assert {h.key for h in HIRES} <= {o.key for o in OFFERS if o.fate == "accept"}
    assert set(ADMINS.values()) <= {p.key for p in PEOPLE}


def test_every_state_is_explained_by_its_history(inside: None) -> None:
    for model, history, key in (
        ("network.candidate_role_assignments", "network.proposal_states", "proposal_id"),
        ("ats.placements", "ats.placement_states", "placement_id"),
    ):
        last = f"SELECT to_state FROM {history} h WHERE h.{key} = m.id ORDER BY h.id DESC LIMIT 1"
        assert rows(f"SELECT count(*) FROM {model} m WHERE state <> ({last})") == [(0,)]


def test_it_happened_over_eight_months_and_ends_now(inside: None) -> None:
    ((first, last),) = rows("SELECT min(at), max(at) FROM network.marketplace_events")
    assert last - first > timedelta(days=242)
    assert datetime.now(UTC) - last < timedelta(hours=12)
    assert last <= datetime.now(UTC)


def test_everything_that_should_be_there_is(inside: None) -> None:
    found = counts("SELECT type, count(*) FROM network.marketplace_events GROUP BY 1")
    for kind, least in {
        "candidate.outreach_recorded": 60,
        "ownership.conflict_detected": 5,
        "ownership.expiring": 5,
        "candidate.checked": 4,
        "question.asked": 16,
        "question.answered": 13,
        "proposal.expiring": 8,
        "guarantee.expiring": 10,
        "guarantee.extended": 1,
        "replacement.requested": 2,
        "replacement.linked": 1,
        "splits.amended": 1,
        "splits.amendment_proposed": 2,
        "feedback.given": 10,
        "reputation.updated": 20,
        "settings.changed": 2,
    }.items():
        assert found.get(kind, 0) >= least, kind


def test_there_is_a_dispute_of_each_kind_and_some_are_open(inside: None) -> None:
    assert rows("SELECT count(DISTINCT subject_type) FROM network.disputes") == [(len(SubjectType),)]
    assert counts("SELECT state, count(*) FROM network.disputes GROUP BY 1") == {
        "open": 1,
        "under_review": 1,
        "resolved": 1,
        "dismissed": 3,
        "withdrawn": 1,
    }
    assert rows("SELECT count(*) FROM billing.payouts WHERE is_frozen") == [(1,)]


def test_money_stands_in_every_state_and_the_books_agree(inside: None) -> None:
    """Paid, overdue, announced, due, held, a refund, a clawback being netted, an open obligation."""
    pia = actor("pia")
    invoices = INVOICES.counted(pia, {}).rows
    assert {one.state for one in invoices} == {"open", "overdue", "paid"}
    assert {one.outstanding < one.total for one in invoices if one.state == "overdue"} == {True, False}
    unpaid = [one for one in invoices if one.outstanding]
    assert [one.announced_on is not None for one in unpaid].count(True) == 1
    assert counts("SELECT state, count(*) FROM billing.payouts WHERE recruiter_id IS NOT NULL GROUP BY 1").keys() == {
        "held",
        "due",
        "approved",
        "paid",
        "cancelled",
    }
    assert {state for (state,) in rows("SELECT state FROM billing.payout_runs")} == {"approved", "paid"}
    assert rows("SELECT count(*) FROM billing.refund_payments") == [(1,)]
    owed = "SELECT count(*) > 0 FROM billing.ledger_accounts WHERE kind = 'clawback' AND debits_minor > credits_minor"
    assert rows(f"{owed} AND credits_minor > 0") == [(True,)]
    assert rows("SELECT count(*) FROM billing.obligations WHERE state = 'open'") == [(1,)]
    assert [line.difference for line in ledger.trial_balance()] == [0, 0]
    assert verification_of_books.verify().ok


def test_terms_are_of_all_kinds(inside: None) -> None:
    set_ = "SELECT DISTINCT jsonb_object_keys(fields) FROM billing.terms"
    assert {name for (name,) in rows(set_)} >= {
        "platform_bp",
        "tax_bp",
        "flat_fee_minor",
        "minimum_fee_minor",
        "base",
        "payout_schedule",
        "instalments",
        "remedy",
        "steps",
        "void_unpaid_days",
        "void_reported_days",
        "void_reasons",
        "payment_days",
        "restrictions",
    }
    chosen = {remedy for (remedy,) in rows("SELECT DISTINCT fields->>'remedy' FROM billing.terms")}
    assert chosen >= {*Remedy} - {Remedy.REPLACEMENT_FIRST}
    kept = "SELECT DISTINCT terms->>'payout_schedule' FROM billing.fees"
    assert {schedule for (schedule,) in rows(kept)} == {*PayoutSchedule}


def test_two_hired_elsewhere_and_one_closed_job_withdrew_proposals(inside: None) -> None:
    query = "SELECT payload->>'cause', count(*) FROM network.marketplace_events WHERE type = 'proposal.withdrawn'"
    assert counts(f"{query} GROUP BY 1") == {"recruiter": 3, "job_closed": 1, "hired_elsewhere": 2}


def test_every_mail_of_the_past_was_delivered_to_the_mailbox_when_it_was_due(inside: None, demo: Demo) -> None:
    assert rows("SELECT count(*) FROM notifications.outbox") == [(0,)]
    ((sent, late),) = rows(
        "SELECT count(*), count(*) FILTER (WHERE sent_at - created_at > interval '1 hour')"
        " FROM notifications.deliveries WHERE state = 'sent'"
    )
    assert rows("SELECT count(*) FROM notifications.deliveries WHERE state <> 'sent'") == [(0,)]
    assert len(list((demo.data_dir / "mailbox" / "new").iterdir())) == sent > 300
    assert late == 0


def test_the_log_is_sealed_and_verifies(inside: None) -> None:
    verdict = verification.verify()
    assert verdict.ok, verdict.problem
    assert rows("SELECT count(*) FROM notifications.unsealed") == [(0,)]
    assert verdict.checked > 600


def test_rita_meets_every_badge(inside: None) -> None:
    rita = actor("rita")
    seen = reading().execute(select(Candidate.id).where(access.visible(Candidate, rita))).scalars().all()
    badges = {str(detail(rita, candidate_id).sourcer.badge) for candidate_id in seen}
    assert badges == {"unclaimed", "mine", "expiring", "other", "conflict", "expired"}


def test_guarantees_and_protections_end_soon(inside: None) -> None:
    ends = [end for (end,) in rows("SELECT guarantee_end_date FROM ats.placements WHERE state = 'active'")]
    today = date.today()  # noqa: DTZ011 - the machine's clock is the database's
    assert any(timedelta(days=1) <= end - today <= timedelta(days=5) for end in ends)
    soon = "protection_expires_at BETWEEN now() AND now() + interval '30 days' AND is_current"
    assert rows(f"SELECT count(*) > 2 FROM ats.candidate_sourcers WHERE {soon}") == [(True,)]


@pytest.mark.parametrize("key", ["rita", "omar", "hana", "carl", "zoe", "pia"])
def test_something_waits_for_each_of_the_cast(inside: None, key: str) -> None:
    queue = work_queue.queue(actor(key))
    assert queue.mine > 0
    assert not queue.is_new
    assert all(figure.value is not None for figure in queue.figures)


def test_hana_has_to_decide_today_and_carl_to_hire_and_activate(inside: None) -> None:
    groups = dict(work_queue.queue(actor("hana")).groups)
    assert "Decide" in {item.verb for item in groups[Group.NOW]}
    verbs = {item.verb for _, items in work_queue.queue(actor("carl")).groups for item in items}
    assert {"Decide", "Record hire", "Activate"} <= verbs


def test_rita_has_a_question_and_an_amendment_to_answer_and_a_team_to_fill(inside: None) -> None:
    groups = dict(work_queue.queue(actor("rita")).groups)
    assert "Answer" in {item.verb for item in groups[Group.NOW]}
    assert "Review" in {item.verb for item in groups[Group.WEEK]}
    open_teams = "SELECT count(*) FROM ats.placements WHERE state = 'hired' AND lead_recruiter_id = "
    rita = "(SELECT r.id FROM network.recruiters r JOIN identity.users u ON u.id = r.user_id WHERE u.name LIKE 'Rita%')"
    assert rows(f"{open_teams}{rita} AND allocated_bp = 7000") == [(1,)]


def test_three_recruiters_are_ranked_and_scores_have_a_history(inside: None) -> None:
    assert rows("SELECT count(*) FROM network.recruiter_reputation WHERE NOT provisional") == [(3,)]
    assert rows("SELECT count(*) > 60 FROM network.recruiter_reputation_history") == [(True,)]


def test_splits_and_the_platforms_part_add_up_to_the_fee_to_the_cent(inside: None) -> None:
    wrong = """
        SELECT p.id FROM ats.placements p JOIN ats.placement_collaborators c ON c.placement_id = p.id
        JOIN ats.split_sheets s ON s.placement_id = p.id AND s.version = p.split_version
        WHERE p.splits_locked_at IS NOT NULL GROUP BY p.id, s.receipt
        HAVING sum(c.amount_minor)
            <> (s.receipt->>'fee_minor')::bigint - coalesce((s.receipt->>'platform_fee_minor')::bigint, 0)
            OR p.replaces_id IS NULL
            AND sum(c.amount_minor) <> p.fee_minor - p.fee_minor * (p.terms->>'platform_bp')::int / 10000
    """
    assert rows(wrong) == []


def test_the_cast_signs_in_with_the_one_password_and_sees_its_pages(demo: Demo) -> None:
    for key in ("rita", "omar", "hana", "carl", "zoe", "pia"):
        assert "Work queue" in demo.client(key).get("/").text


def test_the_password_is_kept_for_its_owner_alone(demo: Demo) -> None:
    file = demo.data_dir / load.PASSWORD
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().strip() == demo.loaded.password


def test_a_second_load_changes_nothing_and_gives_the_same_password(inside: None, demo: Demo) -> None:
    before = rows("SELECT count(*) FROM network.marketplace_events")
    again = load.load()
    assert (again.steps, again.password) == (0, demo.loaded.password)
    assert rows("SELECT count(*) FROM network.marketplace_events") == before


def test_the_command_prints_the_six_sign_ins_and_the_password(demo: Demo) -> None:
    printed = demo.app.test_cli_runner().invoke(args=["demo", "load"]).output
    assert [line.split()[0] for line in printed.splitlines()[1:7]] == [
        f"{key}@demo.test" for key in ("rita", "omar", "hana", "carl", "zoe", "pia")
    ]
    assert str(demo.loaded.password) in printed


# --- databases that are not empty, and loads that were cut short ------------------------------------------------


@pytest.fixture
def scratch(worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return an app over an empty database, whose demo is its founding five days ago: the whole takes long."""
    name = f"portal_scratch_{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("DEMO", load.ACCOUNTS)
    with scratch_app(name, worker_id, tmp_path) as app:
        yield app


def add_stranger() -> None:
    """Add an account that is not of the demo."""
    with Session(db.engine) as session, session.begin():
        session.execute(
            text(
                "INSERT INTO identity.users (id, email, name, created_at)"
                " VALUES (gen_random_uuid(), 'ann@corp.example', 'Ann', now())"
            )
        )


def test_a_database_with_people_is_left_alone(scratch: Any) -> None:
    with scratch.app_context():
        add_stranger()
        assert load.load() == load.Loaded(0, None)
        assert rows("SELECT count(*) FROM ats.candidates") == [(0,)]
    assert "already has people in it" in scratch.test_cli_runner().invoke(args=["demo", "load"]).output


def test_a_load_that_was_cut_short_begins_again(scratch: Any, tmp_path: Path) -> None:
    with scratch.app_context():
        first = load.load()
        (tmp_path / load.UNFINISHED).touch()
    with scratch.app_context():
        second = load.load()
        assert second.steps > 0
        assert second.password != first.password
        assert not (tmp_path / load.UNFINISHED).exists()
        assert verification.verify().ok


def test_a_cut_short_load_never_empties_a_database_of_others(scratch: Any, tmp_path: Path) -> None:
    with scratch.app_context():
        load.load()
        add_stranger()
        (tmp_path / load.UNFINISHED).touch()
        before = rows("SELECT count(*) FROM identity.users")
        assert load.load().steps == 0
        assert rows("SELECT count(*) FROM identity.users") == before


def test_the_password_may_be_chosen(scratch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "an old song about rivers")
    with scratch.app_context():
        assert load.load().password == "an old song about rivers"


def test_a_mail_server_gets_nothing_of_the_past(scratch: Any, tmp_path: Path) -> None:
    scratch.config["MAIL_SERVER"] = "mail.corp.example"
    with scratch.app_context():
        load.load()
    assert scratch.config["MAIL_SERVER"] == "mail.corp.example"


def test_production_takes_no_demo(scratch: Any) -> None:
    scratch.config["ENV_NAME"] = "production"
    answer = scratch.test_cli_runner().invoke(args=["demo", "load"])
    assert answer.exit_code == 1
    assert "production" in answer.output
