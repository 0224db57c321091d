"""Where recruiters are paid (money.md §9): checked, encrypted, and used 72 hours after a change."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotPermitted, StaleVersion
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Payee, PayoutRunLine, Recruiter
from portal.queries import work_queue
from portal.queries.billing import payees as queries
from portal.queries.billing.listing import PAYOUTS
from portal.queries.lists import Asked
from portal.runtime.clock import simulated
from portal.services.billing import payees, runs
from portal.services.billing.payees import PayeeInput
from tests import money
from tests.cast import DAY, Cast
from tests.letters import deliveries, payloads, relayed
from tests.money import ACCOUNT, paid, started

ON_PAY = {"payout_schedule": "when_paid"}
NEXT_RUN = "the payout run on 1 Dec 2026"
NUMBER = "DE89370400440532013000"
AMERICAN = PayeeInput("Rita", "person", country="US", account_number="000123456789", bank_code="021000021")
ABROAD = PayeeInput("Rita", "person", country="AU", account_number="1234 5678", bank_code="062-000", bic="CTBAAU2S")
NEW_KEY = base64.b64encode(b"a new key of thirty-two bytes ok").decode()


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def kept() -> Payee:
    with Session(db.engine) as session:
        return session.scalars(select(Payee)).one()


def collected(cast: Cast) -> Any:
    run_id = runs.collect(actor=cast.actor(cast.pia), currency="USD")
    with Session(db.engine) as session:
        found = session.execute(select(PayoutRunLine.recruiter_id, PayoutRunLine.payee).filter_by(run_id=run_id))
        return run_id, dict(found.all())


def tasks(cast: Cast) -> str:
    return " ".join(item.what for _, items in work_queue.queue(cast.actor(cast.pia)).groups for item in items)


def waits(cast: Cast) -> set[str | None]:
    return {row.line.waits_for for row in PAYOUTS.page(cast.actor(cast.rita), Asked()).rows if row.line}


@pytest.mark.parametrize(
    ("payee", "shown"), [(ACCOUNT, "DE •••• 3000"), (AMERICAN, "US •••• 6789"), (ABROAD, "AU •••• 5678")]
)
def test_an_account_is_kept_encrypted_and_shown_masked(cast: Cast, payee: PayeeInput, shown: str) -> None:
    payees.save(actor=cast.actor(cast.rita), payee=payee)
    row = kept()
    assert (row.shown, row.version) == (shown, 1)
    assert NUMBER not in row.sealed
    assert queries.own(cast.actor(cast.rita)).shown == shown
    assert queries.own(cast.actor(cast.omar)).version == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"iban": "XX00"}, "iban"),
        ({"iban": NUMBER, "account_number": "12345"}, "iban"),
        ({"iban": NUMBER, "bank_code": "12345"}, "iban"),
        ({"iban": NUMBER, "bic": "DEUT"}, "bic"),
        ({"iban": ""}, "iban"),
        ({"legal_name": "  "}, "legal_name"),
        ({"legal_form": "robot"}, "legal_form"),
        ({"tax_id": "a\x00b"}, "tax_id"),
        ({"iban": "", "account_number": "12", "country": "AU", "bic": "CTBAAU2S"}, "account_number"),
        ({"iban": "", "account_number": "12345678", "bic": "CTBAAU2S"}, "country"),
        ({"iban": "", "account_number": "12345678", "country": "US", "bank_code": "021000022"}, "bank_code"),
        ({"iban": "", "account_number": "12345678", "country": "AU", "bic": "nonsense!"}, "bic"),
    ],
)
def test_what_is_no_account_is_refused_at_its_field(cast: Cast, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        payees.save(actor=cast.actor(cast.rita), payee=replace(ACCOUNT, **wrong))
    assert field in refused.value.fields


def test_an_iban_is_read_as_people_write_it_and_may_name_its_bank(cast: Cast) -> None:
    typed = replace(ACCOUNT, iban="de89-3704 0044 0532 0130 00", bic="cobadeff370")
    payees.save(actor=cast.actor(cast.rita), payee=typed)
    assert not payees.save(actor=cast.actor(cast.rita), payee=replace(typed, iban=NUMBER, bic="COBADEFF370"))


def test_only_recruiters_are_paid(cast: Cast) -> None:
    for person in (cast.carl, cast.zoe, cast.pia):
        with pytest.raises(NotPermitted):
            payees.save(actor=cast.actor(person), payee=ACCOUNT)


def test_who_is_no_recruiter_any_more_has_no_bank_details(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        payees.save(actor=replace(cast.actor(cast.rita), recruiter_id=None), payee=ACCOUNT)


def test_a_change_in_another_window_is_not_overwritten(cast: Cast) -> None:
    rita = cast.actor(cast.rita)
    payees.save(actor=rita, payee=ACCOUNT, version=0)
    payees.save(actor=rita, payee=AMERICAN, version=1)
    with pytest.raises(StaleVersion):
        payees.save(actor=rita, payee=ABROAD, version=1)
    assert kept().shown == "US •••• 6789"


def test_the_database_refuses_a_payee_without_an_account(cast: Cast) -> None:
    payees.save(actor=cast.actor(cast.rita), payee=ACCOUNT)
    with Session(db.engine) as session, pytest.raises(IntegrityError):
        session.execute(update(Payee).values(sealed=""))


def test_each_change_is_told_without_the_number(cast: Cast) -> None:
    for payee in (ACCOUNT, AMERICAN):
        payees.save(actor=cast.actor(cast.rita), payee=payee)
    relayed()
    first, second = deliveries(template="payee_changed")
    assert "were added" in first.body_text
    assert "were changed" in second.body_text
    assert "27 Nov 2026" in second.body_text
    logged = payloads("payee.changed")
    assert [payload["is_first"] for payload in logged] == [True, False]
    assert not any("3000" in str(payload) or "6789" in str(payload) for payload in logged)


# --- holding back ---------------------------------------------------------------------------------------------------


def test_a_payout_is_held_while_bank_details_are_missing(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    with Session(db.engine) as session, session.begin():
        session.query(Payee).filter_by(recruiter_id=cast.rita.recruiter_id).delete()
    assert waits(cast) == {"bank details are missing"}
    _, lines = collected(cast)
    assert set(lines) == {cast.omar.recruiter_id}


def test_new_details_are_used_72_hours_later(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    payees.save(actor=cast.actor(cast.rita), payee=AMERICAN)
    assert waits(cast) == {"new bank details can be used from 27 Nov 2026"}
    held = queries.held_back(cast.actor(cast.pia))
    assert [(one.recruiter_name, one.amount) for one in held] == [("Rita", 1_750_000)]
    with simulated(DAY + timedelta(hours=72)):
        assert waits(cast) == {NEXT_RUN}
        _, lines = collected(cast)
    assert lines[cast.rita.recruiter_id]["shown"] == "US •••• 6789"


def test_saving_the_same_details_again_starts_no_waiting(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    assert not payees.save(actor=cast.actor(cast.rita), payee=ACCOUNT)
    assert waits(cast) == {NEXT_RUN}


def test_a_suspended_recruiter_is_not_paid(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    assert "Due, but not in a payout run" in tasks(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Recruiter).values(status="suspended"))
    assert {one.because for one in queries.held_back(cast.actor(cast.pia))} == {"the recruiter’s account is not active"}
    with pytest.raises(Conflict, match="on hold"):
        collected(cast)
    assert "Due, but not in a payout run" not in tasks(cast)


def test_a_suspended_recruiter_sees_what_is_owed_and_changes_nothing(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Recruiter).values(status="suspended"))
    browser = cast.client(cast.rita)
    earned = browser.get("/earnings").text
    assert "The recruiter’s account is not active" in earned
    assert "/earnings/payee" not in earned
    assert "/disputes/new" not in earned
    assert browser.get("/earnings/statement").status_code == 200
    assert browser.get(f"/placements/{placement_id}/money").status_code == 200
    assert browser.get("/earnings/payee").status_code == 403


def test_a_run_keeps_the_account_that_it_copied(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    run_id, _ = collected(cast)
    payees.save(actor=cast.actor(cast.rita), payee=AMERICAN)
    assert waits(cast) == {"the payout run of 24 Nov 2026, which hasn’t been approved yet"}
    name, account = queries.accounts_of(run_id)[cast.rita.recruiter_id]
    assert (name, account.iban, account.country) == (ACCOUNT.legal_name, NUMBER, "DE")


def test_a_run_from_before_there_were_accounts_has_none(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    run_id, _ = collected(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(PayoutRunLine).values(payee={"name": "Rita"}))
    assert {account.iban for _, account in queries.accounts_of(run_id).values()} == {""}


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_new_key_opens_nothing_until_everything_is_encrypted_with_it(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(cast, started(cast, **ON_PAY))
    run_id, _ = collected(cast)
    both = [NEW_KEY, *app.config["PAYEE_KEYS"]]
    monkeypatch.setitem(app.config, "PAYEE_KEYS", [NEW_KEY])
    with pytest.raises(InvalidToken):
        queries.accounts_of(run_id)
    monkeypatch.setitem(app.config, "PAYEE_KEYS", both)
    assert payees.reseal(actor=system_actor(DAY)) == 4  # two recruiters, and two lines of the run
    monkeypatch.setitem(app.config, "PAYEE_KEYS", [NEW_KEY])
    assert {account.iban for _, account in queries.accounts_of(run_id).values()} == {NUMBER}
    with pytest.raises(NotPermitted):
        payees.reseal(actor=cast.actor(cast.rita))


def test_the_command_says_how_many_were_encrypted_again(cast: Cast, app: Flask) -> None:
    money.payable(cast, cast.rita)
    assert "first key: 1." in app.test_cli_runner().invoke(args=["payees", "reseal"]).output
