"""`make chaos`: a payout run that is clicked ten thousand times, and one whose worker dies before each of its steps."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, WrongState
from portal.extensions import db
from portal.models import Payout, PayoutRun
from portal.runtime.clock import simulated
from portal.services.billing import payments, runs, verification
from tests.cast import DAY, Cast
from tests.figures import record
from tests.money import balance, paid, started

CLICKS, HANDS = 10_000, 4
FEE = 2_500_000
Step = Callable[[], object]


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def due(cast: Cast) -> None:
    """Let four payouts of one fee be due."""
    paid(cast, started(cast, payout_schedule="when_paid"))


def only_run() -> PayoutRun | None:
    """Read the one run that there may be."""
    with Session(db.engine) as session:
        return session.scalars(select(PayoutRun)).one_or_none()


def states() -> set[str]:
    """Read the states of all recruiters' payouts."""
    with Session(db.engine) as session:
        return set(session.scalars(select(Payout.state).where(Payout.recruiter_id.is_not(None))))


def test_ten_thousand_double_clicks_pay_once(app: Flask, cast: Cast, due: None) -> None:
    pia = cast.actor(cast.pia)
    run_id = runs.collect(actor=pia, currency="USD")

    def click(number: int) -> str:
        """Approve, then pay; every click comes twice, and from several hands at the same moment."""
        done = 0
        with app.app_context():
            for step in (runs.approve, partial(payments.pay, reference="SEPA")) * 2:
                try:
                    step(run_id, actor=pia)
                    done += 1
                except (WrongState, Conflict):
                    continue
        return "paid" if done else ""

    with ThreadPoolExecutor(HANDS) as hands:
        answers = list(hands.map(click, range(CLICKS)))
    did = len([one for one in answers if one])
    assert 1 <= did <= 2  # who approved need not be who paid
    assert (balance("cash"), balance("payable")) == (0, 0)
    assert states() == {"paid"}
    assert verification.verify().ok
    record("double clicks on a payout run", f"{CLICKS:,} from {HANDS} hands: {did} did something, paid once")


def dies_before(step: Step, number: int) -> bool:
    """Do a step in a process that is killed before its statement of this number, commits too; False once it ends."""
    child = os.fork()
    if not child:
        db.engine.dispose(close=False)  # the connections are the parent's
        left = number

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.engine, "before_cursor_execute", count)
        event.listen(db.engine, "commit", count)
        try:
            step()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def test_a_worker_that_dies_between_any_two_steps_of_a_run_pays_once(cast: Cast, due: None) -> None:
    pia, deaths = cast.actor(cast.pia), dict[str, int]()

    def the_run() -> uuid.UUID:
        found = only_run()
        assert found is not None
        return found.id

    steps: dict[str, tuple[Step, str]] = {
        "collect": (lambda: runs.collect(actor=pia, currency="USD"), "due"),
        "approve": (lambda: runs.approve(the_run(), actor=pia), "approved"),
        "pay": (lambda: payments.pay(the_run(), actor=pia, reference="SEPA"), "paid"),
    }
    for name, (step, after) in steps.items():
        before, run = states(), only_run()
        number = 1
        while dies_before(step, number):
            assert states() == before, f"{name} left something behind"
            assert (only_run() and only_run().state) == (run and run.state)
            assert verification.verify().ok
            number += 1
        deaths[name] = number - 1
        assert states() == {after}
    assert min(deaths.values()) > 3
    assert (balance("cash"), balance("payable")) == (0, 0)
    assert verification.verify().ok
    record("worker killed in a payout run", f"before each of {sum(deaths.values())} statements and commits: paid once")
