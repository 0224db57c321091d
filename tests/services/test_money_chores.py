"""The daily work on fees goes by chunks: what it leaves is the same for any size, and statements do not grow."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotPermitted
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.jobs import schedule
from portal.models import CreditNote, Fee, Invoice, InvoiceReminder, MarketplaceEvent, Obligation, Placement
from portal.runtime.clock import simulated
from portal.services import jobs
from portal.services.billing import chores, invoices, lifecycle, obligations, payments, runs, verification
from portal.services.placements import placements
from tests import hires, money
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.cleaning import made_once
from tests.hires import day
from tests.money import balance, begun, job_on, left, paid, payouts, started
from tests.services.test_rounds import incomplete, refusing, zone_gone

IN_TWO = {"payout_schedule": "instalments", "instalments": [[4_000, 0], [6_000, 40]], "platform_bp": 500}
NAMES = ("Ada One", "Ben Two", "Cleo Three")
SYSTEM = system_actor(DAY)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture(params=[1, 2, 500])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let a chunk hold one fee, fewer than there are, or all of them."""
    monkeypatch.setattr(chores, "CHUNK", request.param)
    return int(request.param)


@made_once
def in_instalments(cast: Cast, names: tuple[str, ...] = NAMES) -> list[uuid.UUID]:
    """Start placements whose clients have paid, and of which six tenths are due on day 40."""
    money.ready(cast)
    made = [begun(cast, job_on(cast, **IN_TWO), name=name) for name in names]
    for name, placement_id in zip(names, made, strict=True):
        paid(cast, placement_id, reference=f"wire for {name}")
    return made


def to_be_issued(cast: Cast, names: tuple[str, ...] = NAMES) -> list[uuid.UUID]:
    """Start placements on day 3, before anybody has said where invoices go."""
    made = [hires.hired(cast, job_id=job_on(cast), name=name) for name in names]
    for placement_id in made:
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(3))
    money.ready(cast)
    return made


def owing(cast: Cast, names: tuple[str, ...] = NAMES) -> list[uuid.UUID]:
    """Let people leave for whom somebody else has to be found until day 70."""
    money.ready(cast)
    made = [begun(cast, job_on(cast), name=name) for name in names]
    for name, placement_id in zip(names, made, strict=True):
        paid(cast, placement_id, reference=f"wire for {name}")
        left(cast, placement_id, 40)
    return made


def told() -> Counter[str]:
    """Count the events by type."""
    with Session(db.engine) as session:
        return Counter(session.scalars(select(MarketplaceEvent.type)))


def on_day(number: int, work: Callable[..., int]) -> tuple[int, Counter[str]]:
    """Do the work of a day; return how many fees it was, and what was told."""
    before = told()
    with simulated(DAY + timedelta(days=number)):
        done = work(actor=SYSTEM)
    return done, told() - before


def test_instalments_are_released_in_chunks_of_any_size(cast: Cast, chunk: int) -> None:
    made = in_instalments(cast)
    assert on_day(39, lifecycle.release_due) == (0, Counter())
    assert on_day(40, lifecycle.release_due) == (3, Counter({"payout.due": 6, "fee.moved": 3}))
    assert on_day(40, lifecycle.release_due) == (0, Counter())
    assert {state for key in made for _, _, state in payouts(key)} == {"due"}
    assert (balance("held"), balance("payable"), balance("platform_fees")) == (0, 7_125_000, 375_000)
    assert verification.verify().ok


def test_invoices_are_issued_in_chunks_of_any_size(cast: Cast, chunk: int) -> None:
    to_be_issued(cast)
    assert on_day(3, invoices.issue_due) == (3, Counter({"invoice.issued": 3}))
    assert on_day(3, invoices.issue_due) == (0, Counter())
    with Session(db.engine) as session:
        found = session.scalars(select(Invoice).order_by(Invoice.id)).all()
    assert [row.number for row in found] == [f"INV-2026-0000{n}" for n in (1, 2, 3)]
    assert [row.service.split(" as ")[0] for row in found] == [f"Placement of {name}" for name in NAMES]
    assert (balance("receivable"), balance("held")) == (7_500_000, 7_500_000)
    assert verification.verify().ok


def test_obligations_end_in_chunks_of_any_size(cast: Cast, chunk: int) -> None:
    owing(cast)
    assert on_day(70, lifecycle.expire_obligations) == (0, Counter())
    done, events = on_day(71, lifecycle.expire_obligations)
    assert (done, events["obligation.closed"], events["refund.owed"]) == (3, 3, 3)
    with Session(db.engine) as session:
        notes = session.scalars(select(CreditNote.number).order_by(CreditNote.id)).all()
    assert notes == [f"CN-2027-0000{n}" for n in (1, 2, 3)]
    assert (balance("held"), balance("refundable")) == (0, 7_500_000)
    assert verification.verify().ok


@pytest.mark.parametrize(
    ("make", "number", "work"),
    [
        (in_instalments, 40, lifecycle.release_due),
        (to_be_issued, 3, invoices.issue_due),
        (owing, 71, lifecycle.expire_obligations),
    ],
)
def test_more_fees_take_no_more_statements(
    cast: Cast, make: Callable[..., list[uuid.UUID]], number: int, work: Callable[..., int]
) -> None:
    counts = []
    for names in (NAMES[:1], NAMES[1:]):
        make(cast, names)
        with simulated(DAY + timedelta(days=number)), statements() as seen:
            assert work(actor=SYSTEM) == len(names)
        counts.append(len(seen))
    assert counts[1] <= counts[0]


def test_a_run_of_more_payouts_takes_no_more_statements(cast: Cast) -> None:
    pia, counts = cast.actor(cast.pia), []
    for names in (NAMES[:1], NAMES[1:]):
        in_instalments(cast, names)
        run_id = runs.collect(actor=pia, currency="USD")
        runs.approve(run_id, actor=pia)
        with statements() as seen:
            payments.pay(run_id, actor=pia, reference="SEPA 1")
        counts.append(len(seen))
    assert counts[1] <= counts[0]
    assert (balance("payable"), verification.verify().ok) == (0, True)


def test_a_fee_that_cannot_be_released_holds_up_no_other(app: Flask, cast: Cast) -> None:
    bad, good, other = in_instalments(cast)
    with refusing(app, "billing.fees", "id", bad), simulated(DAY + timedelta(days=40)):
        assert str(bad) in incomplete(lifecycle.release_due)
    assert {state for key in (good, other) for _, _, state in payouts(key)} == {"due"}
    assert {state for _, _, state in payouts(bad)} == {"due", "held"}
    assert on_day(40, lifecycle.release_due)[0] == 1
    assert verification.verify().ok


def test_an_invoice_that_cannot_be_issued_leaves_no_gap_between_the_others(app: Flask, cast: Cast) -> None:
    bad, *_ = to_be_issued(cast)
    with refusing(app, "billing.invoices", "fee_id", bad), simulated(DAY + timedelta(days=3)):
        assert str(bad) in incomplete(invoices.issue_due)
    assert on_day(3, invoices.issue_due)[0] == 1
    with Session(db.engine) as session:
        numbers = session.scalars(select(Invoice.number).order_by(Invoice.number)).all()
    assert numbers == [f"INV-2026-0000{n}" for n in (1, 2, 3)]


def test_an_invoice_that_cannot_be_reminded_of_holds_up_no_other(app: Flask, cast: Cast) -> None:
    money.ready(cast)
    bad, good = (begun(cast, job_on(cast), name=name) for name in NAMES[:2])
    refused = refusing(app, "billing.invoice_reminders", "invoice_id", money.invoice_of(bad).id)
    with refused, simulated(DAY + timedelta(days=60)):
        assert "1 of 2" in incomplete(invoices.remind_due)
    with Session(db.engine) as session:
        assert set(session.scalars(select(InvoiceReminder.invoice_id))) == {money.invoice_of(good).id}


def test_a_replacement_whose_clock_is_stuck_holds_up_no_other(app: Flask, cast: Cast) -> None:
    bad, good, _ = owing(cast)
    with Session(db.engine) as session:
        owed = {o.placement_id: o.id for o in session.scalars(select(Obligation))}
        of_jobs = session.scalars(select(Placement.job_id).where(Placement.id.in_([bad, good])).order_by(Placement.id))
        for job_id in of_jobs.all():
            with simulated(DAY + timedelta(days=41)):
                jobs.change_status(job_id, actor=cast.actor(cast.carl), status="paused")
    with refusing(app, "billing.obligations", "id", owed[bad]), simulated(DAY + timedelta(days=66)):
        assert "1 of 3" in incomplete(lifecycle.warn_of_obligations)
        assert "1 of 3" in incomplete(obligations.give_back_days)
        schedule.run("expire_obligations", "correlation-1")
    assert told()["obligation.prolonged"] == 1
    with refusing(app, "billing.obligations", "id", owed[bad]), simulated(DAY + timedelta(days=71)):
        schedule.run("expire_obligations", "correlation-1")
    with Session(db.engine) as session:
        assert sorted(session.scalars(select(Obligation.state))) == ["open", "open", "refunded"]


def test_a_zone_that_is_gone_stops_no_payout_and_no_refund_of_others(cast: Cast) -> None:
    bad, good, other = in_instalments(cast)
    with zone_gone(Fee, bad), simulated(DAY + timedelta(days=40)):
        assert "Mars/Olympus" in incomplete(lifecycle.release_due)
    assert {state for key in (good, other) for _, _, state in payouts(key)} == {"due"}
    left(cast, bad, 41, reason="candidate_quit")
    left(cast, good, 41, reason="candidate_quit")
    with zone_gone(Fee, bad):
        for number, work in ((69, lifecycle.warn_of_obligations), (73, lifecycle.expire_obligations)):
            with simulated(DAY + timedelta(days=number)):
                assert "Mars/Olympus" in incomplete(work)
    with Session(db.engine) as session:
        found = {o.placement_id: (o.state, o.warned_at is not None) for o in session.scalars(select(Obligation))}
    assert found == {bad: ("open", False), good: ("refunded", True)}


@pytest.mark.parametrize("work", [lifecycle.release_due, invoices.issue_due, lifecycle.expire_obligations])
def test_only_the_platform_does_the_daily_work(cast: Cast, work: Callable[..., int]) -> None:
    started(cast)
    with pytest.raises(NotPermitted):
        work(actor=cast.actor(cast.carl))
