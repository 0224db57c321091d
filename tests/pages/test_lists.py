"""What the list kit promises, proved for every list of the portal: a new list is one more row of LISTS."""

from __future__ import annotations

import csv
import html
import io
import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.events import CandidateViewed, DeliveryRetried
from portal.domain.ids import PLATFORM_ORGANISATION_ID, new_id
from portal.extensions import db
from portal.models import (
    Allocation,
    CreditNote,
    Fee,
    Invoice,
    LedgerAccount,
    LedgerTransfer,
    Notice,
    Payout,
    PayoutRun,
    Receipt,
    ReceiptReversal,
    Refund,
    User,
)
from portal.queries import lists
from portal.queries.admin.deliveries import DELIVERIES
from portal.queries.admin.people import ORGANISATIONS, PEOPLE
from portal.queries.billing.credit_notes import CREDIT_NOTES
from portal.queries.billing.listing import INVOICES, PAYOUTS, RUNS, TRANSFERS
from portal.queries.billing.receipts import RECEIPTS
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.filters import Choice
from portal.queries.jobs import JOBS
from portal.queries.lists import AnyList
from portal.queries.log import event_log
from portal.queries.log.event_log import EVENTS
from portal.queries.notifications import NOTICES
from portal.queries.placements.listing import PLACEMENTS
from portal.queries.proposals.proposals import PROPOSALS
from portal.queries.recruiters import RECRUITERS
from portal.queries.reputation import ranking
from portal.queries.reputation.appeals import APPEALS
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.placements import placements
from portal.services.reputation import appeals, reputation
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient
from tests.cleaning import made_once
from tests.hires import TODAY, hired, recruiters
from tests.histories import Sums, write
from tests.letters import queued, rows
from tests.marketplace import claimed, posted, proposed

ROW = re.compile(
    r'<a class="cell" href="(/[^"]+)"'
    r'|<a class="cell" href="\?(?:[^"]*amp;)?event=([0-9a-f-]{36})"'
    r'|<a href="\?[^"]*sel=([0-9a-f-]{36})"'
    r'|formaction="([^"]+)/open"'
)
LINK = re.compile(r'<a [^>]*href="([^"]+)"[^>]*rel="(prev|next)"|<a [^>]*rel="(prev|next)"[^>]*href="([^"]+)"')
ARRIVING = itertools.count(100)
TAB = re.compile(r'>([^<>]+)<span class="count">(\d+)</span></a>')
CHIP = re.compile(r'class="chip" href="([^"]+)"')


@dataclass(frozen=True)
class Kept:
    """A list under test: who looks at it, how a row is made, filters that find some of three rows and none of them."""

    listing: AnyList[object]
    viewer: str
    make: Callable[[Cast, int], object]
    some: dict[str, str]
    none: dict[str, str] = field(default_factory=lambda: {"q": "nobody at all"})
    shared: bool = False  # everybody sees the same
    forbidden: bool = False  # to a company's admin
    beside: int = 0  # statements for what stands around the list

    @property
    def path(self) -> str:
        """Return the address of the list."""
        return self.listing.path

    def by(self, cast: Cast) -> CheckingClient:
        """Return the browser of who looks."""
        client = cast.client(getattr(cast, self.viewer))
        client.get(self.path)  # the first look of a day is itself an event
        return client


def mailed(cast: Cast, number: int) -> None:
    """Write a mail to one of two people."""
    queued(cast, subject=f"Mail {number}", to=cast.omar if number % 2 else cast.rita)


def happened(cast: Cast, number: int) -> None:
    """Record an event, every third time another one."""
    with unit_of_work(cast.actor(cast.pia)) as uow:
        uow.record(
            CandidateViewed(candidate_id=new_id(DAY)) if number % 3 else DeliveryRetried(delivery_id=new_id(DAY))
        )


def noticed(cast: Cast, number: int) -> None:
    """Put a notice before hana, every third one unread."""
    template = "guarantee_extended" if number % 2 else "proposal_created"
    said = {"template": template, "title": f"Notice {number}", "path": "/proposals", "at": DAY}
    with rows() as session:
        read_at = DAY if number % 3 else None
        session.add(Notice(id=new_id(DAY), event_id=new_id(DAY), user_id=cast.hana.user_id, read_at=read_at, **said))


def appealed(cast: Cast, number: int) -> None:
    """Contest a declined proposal, as one of two recruiters."""
    who = cast.omar if number % 2 else cast.rita
    proposal = proposed(cast, who, name=f"Person {number}")
    proposals.decline(proposal, actor=cast.actor(cast.carl), reason="salary", notes="")
    appeals.contest(
        who.recruiter_id, actor=cast.actor(who), kind="proposal", input_id=proposal, reason="It was filled."
    )


def recruiting(cast: Cast, number: int) -> None:
    """Add a recruiter."""
    actor, firm = cast.actor(cast.pia), cast.omar.organisation_id
    accounts.add_member(
        actor=actor, organisation_id=firm, email=f"new{number}@demo.test", name=f"Person {number}", role="recruiter"
    )


def ranked(cast: Cast, number: int) -> None:
    """Rank another recruiter."""
    (who,) = recruiters(cast, 1)
    with rows() as session:
        session.execute(update(User).where(User.id == who.user_id).values(name=f"Person {number}"))
    assert who.recruiter_id is not None
    write(cast, who.recruiter_id, Sums(5, 5 + number % 2, 5, 3 + number % 3, 0))
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))


def member(cast: Cast, number: int) -> None:
    """Add a person to a company or agency of its own."""
    actor = cast.actor(cast.pia)
    company = accounts.add_organisation(actor=actor, kind="agency" if number % 2 else "company", name=f"Firm {number}")
    role = "recruiter" if number % 2 else "company_admin"
    email = f"new{number}@demo.test"
    accounts.add_member(actor=actor, organisation_id=company, email=email, name=f"Person {number}", role=role)


def _fee(cast: Cast) -> uuid.UUID:
    """Return the fee of a placement of omar's, the same for all rows."""
    with rows() as session:
        found = session.scalars(select(Fee.id)).one_or_none()
    if found is None:
        found = hired(cast, cast.omar)
        placements.activate(found, actor=cast.actor(cast.carl), start_date=TODAY)
    return found


def invoiced(cast: Cast, number: int) -> uuid.UUID:
    """Write an invoice of acme's, every third one with nothing outstanding, and return its id."""
    fee_id, invoice_id = _fee(cast), new_id(DAY)
    amounts = {"currency": "USD", "fee_minor": 100 + number, "tax_minor": 0, "total_minor": 100 + number, "tax_bp": 0}
    said = {"number": f"INV-{number}", "issued_on": TODAY, "due_on": TODAY + timedelta(days=number), "tax_label": "Tax"}
    texts = {"service": "Placement", "issuer": {}, "billed_to": {}, "issued_at": DAY, "issued_by": cast.pia.user_id}
    account = {"kind": "receivable", "owner_id": invoice_id, "currency": "USD", "debits_minor": 100 + number}
    with rows() as session:
        ids = {"id": invoice_id, "fee_id": fee_id, "placement_id": fee_id, "company_id": cast.acme}
        session.add(Invoice(**ids, **amounts, **said, **texts))
        if number % 3:
            session.add(LedgerAccount(id=new_id(DAY), **account))
    return invoice_id


def received(cast: Cast, number: int) -> None:
    """Write a payment of an invoice of acme's, every third one reversed."""
    invoice_id, receipt_id, amount = invoiced(cast, number), new_id(DAY), 100 + number
    on = {"amount_minor": amount, "received_on": TODAY - timedelta(days=number), "at": DAY}
    with rows() as session:
        told = {"company_id": cast.acme, "currency": "USD", "reference": f"Payment {number}", "by": cast.pia.user_id}
        session.add(Receipt(id=receipt_id, **told, **on))
        session.flush()
        session.add(Allocation(id=new_id(DAY), invoice_id=invoice_id, receipt_id=receipt_id, **on))
        if not number % 3:
            session.add(ReceiptReversal(receipt_id=receipt_id, reason="Returned", at=DAY, by=cast.pia.user_id))


def credited(cast: Cast, number: int) -> None:
    """Write a credit note for an invoice of acme's, every third one to be paid back."""
    invoice_id, refund_id, amount = invoiced(cast, number), new_id(DAY), 100 + number
    back = {"credited_minor": amount, "owed_minor": 0} if number % 3 else {"credited_minor": 0, "owed_minor": amount}
    with rows() as session:
        about = {"fee_id": _fee(cast), "placement_id": _fee(cast), "company_id": cast.acme, "cause": "failure"}
        sums = {"currency": "USD", "tax_minor": 0, "at": DAY}
        session.add(Refund(id=refund_id, amount_minor=amount, by=cast.pia.user_id, **about, **back, **sums))
        session.flush()
        note = {"number": f"CN-{number}", "invoice_id": invoice_id, "refund_id": refund_id, "issued_on": TODAY}
        session.add(CreditNote(id=new_id(DAY), fee_minor=amount, **note, **sums))


def owed(cast: Cast, number: int) -> None:
    """Write a payout of rita's, every third one with nothing left."""
    fee_id, amount, is_left = _fee(cast), 100 + number, bool(number % 3)
    with rows() as session:
        session.add(
            Payout(
                id=new_id(DAY),
                fee_id=fee_id,
                placement_id=fee_id,
                holder_id=new_id(DAY),
                recruiter_id=cast.rita.recruiter_id,
                role="support",
                currency="EUR" if number % 2 else "USD",
                instalment=0,
                original_minor=amount,
                taken_minor=0 if is_left else amount,
                state="held" if is_left else "cancelled",
                position=number + 10,
                created_at=DAY,
            )
        )


def run_by(cast: Cast, number: int) -> None:
    """Write a payout run, every third one canceled."""
    is_over = not number % 3
    with rows() as session:
        session.add(
            PayoutRun(
                id=new_id(DAY),
                currency="EUR" if number % 2 else "USD",
                state="cancelled" if is_over else "collected",
                gross_minor=number,
                net_minor=number,
                four_eyes_minor=0,
                needs_second=False,
                collected_at=DAY,
                collected_by=cast.pia.user_id,
                closed_at=DAY if is_over else None,
                closed_by=cast.pia.user_id if is_over else None,
            )
        )


def booked(cast: Cast, number: int) -> None:
    """Write a transfer between two of the platform's accounts, every third one of tax."""
    with rows() as session:
        kinds = ("cash", "write_off" if number % 3 else "tax")
        debit, credit = (_account(session, kind) for kind in kinds)
        at = {"event_id": new_id(DAY), "operation_id": new_id(DAY), "at": DAY, "actor_id": cast.pia.user_id}
        moved = {"kind": "receipt", "amount_minor": number + 1, "currency": "USD", "digest": ""}
        session.add(LedgerTransfer(id=new_id(DAY), debit_id=debit, credit_id=credit, **moved, **at))


def _account(session: Session, kind: str) -> uuid.UUID:
    found = session.scalars(select(LedgerAccount.id).where(LedgerAccount.kind == kind)).one_or_none()
    if found is None:
        account = LedgerAccount(id=new_id(DAY), kind=kind, owner_id=PLATFORM_ORGANISATION_ID, currency="USD")
        session.add(account)
        session.flush()
        return account.id
    return found


def has_tabs(kept: Kept) -> bool:
    """Return whether a list draws one of its filters as tabs."""
    return any(isinstance(f, Choice) and f.tabs for f in kept.listing.filters)


LISTS = [
    Kept(JOBS, "carl", lambda cast, n: posted(cast, title=f"Job {n}", fee_bp=1_000 + n % 2), {"q": "job 1"}),
    Kept(CANDIDATES, "rita", lambda cast, n: claimed(cast, name=f"Person {n}"), {"q": '"person 1"', "mine": "1"}),
    Kept(PLACEMENTS, "carl", lambda cast, n: hired(cast, name=f"Person {n}"), {"q": "person 1", "from": "2020-01-01"}),
    Kept(PROPOSALS, "rita", lambda cast, n: proposed(cast, name=f"Person {n}"), {"q": "person 1", "to": "2999-01-01"}),
    Kept(RECRUITERS, "hana", recruiting, {"q": "person 1", "from": "2020-01-01"}, shared=True),
    Kept(PEOPLE, "pia", member, {"q": "person 1", "from": "2020-01-01"}, forbidden=True),
    Kept(ORGANISATIONS, "pia", member, {"q": "firm 1", "to": "2999-01-01"}, forbidden=True),
    Kept(DELIVERIES, "pia", mailed, {"recipient": "omar"}, {"recipient": "nobody at all"}, forbidden=True),
    # Looked for in the newest months first, then in all of them (ADR 0083).
    Kept(EVENTS, "pia", happened, {"type": "delivery.retried"}, {"actor": "nobody at all"}, forbidden=True, beside=1),
    Kept(NOTICES, "hana", noticed, {"about": "guarantees"}, {"from": "2999-01-01"}),
    Kept(ranking.LEADERBOARD, "hana", ranked, {"q": "person 1", "period": "last_year"}, shared=True),
    Kept(INVOICES, "carl", invoiced, {"q": "inv-1", "currency": "USD"}, beside=3),
    Kept(RECEIPTS, "carl", received, {"q": "payment 1", "to": "2999-01-01"}, beside=1),
    Kept(CREDIT_NOTES, "carl", credited, {"q": "cn-1", "currency": "USD"}),
    Kept(PAYOUTS, "rita", owed, {"q": "acme", "currency": "EUR"}, forbidden=True, beside=16),
    Kept(RUNS, "pia", run_by, {"currency": "EUR"}, {"from": "2999-01-01"}, forbidden=True, beside=1),
    Kept(TRANSFERS, "pia", booked, {"account": "tax"}, {"from": "2999-01-01"}, forbidden=True, beside=1),
    Kept(APPEALS, "pia", appealed, {"q": "omar", "kind": "proposal"}, forbidden=True),
]
every = pytest.mark.parametrize("kept", LISTS, ids=lambda kept: kept.listing.name)


@made_once
def filled(cast: Cast, name: str, *numbers: int) -> None:
    """Make these rows of a list, the same ones for each test."""
    (kept,) = [kept for kept in LISTS if kept.listing.name == name]
    for number in numbers:
        kept.make(cast, number)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit a page to two rows, and a chunk of an export too."""
    shown, logged, window = lists._shown, event_log.log, ranking._window
    monkeypatch.setattr(lists, "_shown", lambda *a, **k: shown(*a[:3], 2, *a[4:], **k))
    monkeypatch.setattr(event_log, "log", lambda *a, **k: logged(*a, **{**k, "size": 2}))
    monkeypatch.setattr(event_log, "EXPORT_CHUNK", 2)
    monkeypatch.setattr(ranking, "_window", lambda *a: window(*a[:4], 2))


def hrefs(page: str) -> list[str]:
    """List where the rows of a page lead."""
    return ["".join(found) for found in ROW.findall(page)]


def turn(page: str, way: str) -> str | None:
    """Return the address of the page before or after."""
    for before, rel, other_rel, after in LINK.findall(page):
        if way in (rel, other_rel):
            return html.unescape(before or after)
    return None


def walk(
    client: CheckingClient, url: str, *, way: str = "next", meanwhile: Callable[[], object] = str
) -> tuple[list[str], str]:
    """Follow the pages, and list where their rows lead, with the address of the last one."""
    client.checks = False  # what is sound of one page is of all, and it takes most of the time
    rows, address, seen = list[str](), url, 0
    while True:
        page = client.get(address).text
        rows += hrefs(page) if way == "next" else hrefs(page)[::-1]
        onwards, seen = turn(page, way), seen + 1
        if onwards is None:
            return rows, address
        assert seen < 60, "the pages go round in a circle"
        address = onwards
        meanwhile()


def arrivals(cast: Cast, kept: Kept) -> Callable[[], object]:
    """Add a row after each of the first two pages."""
    waiting = [next(ARRIVING) for _ in range(2)]
    return lambda: waiting and kept.make(cast, waiting.pop())


def table(client: CheckingClient, url: str) -> list[list[str]]:
    """Download the CSV of an address."""
    answer = client.get(f"{url}{'&' if '?' in url else '?'}format=csv")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def address(kept: Kept, asked: dict[str, str]) -> str:
    """Write the address of a list with filters."""
    return kept.path + "?" + "&".join(f"{name}={value.replace(' ', '+')}" for name, value in asked.items())


@every
def test_filters_travel_in_the_address_and_each_chip_removes_its_own(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 0, 1, 2)
    page = kept.by(cast).get(address(kept, kept.some)).text
    assert 0 < len(hrefs(page)) < 3
    chips = [dict(parse_qsl(urlsplit(html.unescape(url)).query)) for url in CHIP.findall(page)]
    assert len(chips) == len(kept.some)
    for chip, name in zip(chips, kept.some, strict=True):
        assert chip == {other: value for other, value in kept.some.items() if other != name}


@every
def test_each_order_leads_through_all_rows_there_and_back_while_rows_arrive(
    cast: Cast, kept: Kept, short: None, its_turn: Callable[[str, int, int], bool]
) -> None:
    filled(cast, kept.listing.name, 2, 0, 3, 1, 4)
    client, viewer = kept.by(cast), cast.actor(getattr(cast, kept.viewer))
    offered = [sort for sort in kept.listing.sorts if sort.offered(viewer)]
    for sort in [sort for number, sort in enumerate(offered) if its_turn(kept.path, number, 2)] or offered[:1]:
        urls = (f"{kept.path}?sort={sort.name}", f"{kept.path}?sort=-{sort.name}")
        both = [walk(client, url)[0] for url in urls]
        assert both[0] == both[1][::-1]
        for url, there in zip(urls, both, strict=True):
            again, last = walk(client, url, meanwhile=arrivals(cast, kept))
            assert len(there) >= 5
            assert len(set(again)) == len(again), f"{url}: a row came twice"
            assert [row for row in again if row in there] == there, f"{url}: a row is missing, or out of order"
            back, _ = walk(client, last, way="prev")
            assert [row for row in back if row in there] == there[::-1], f"{url}: not the same way back"


@every
def test_the_csv_has_the_rows_that_the_pages_show(cast: Cast, kept: Kept, short: None) -> None:
    filled(cast, kept.listing.name, 2, 0, 3, 1, 4)
    client, viewer = kept.by(cast), cast.actor(getattr(cast, kept.viewer))
    for url in (kept.path, address(kept, kept.some), f"{kept.path}?sort={kept.listing.sorts[-1].name}"):
        head, *rows = table(client, url)
        offered = [cell for cell in kept.listing.cells if cell.offered(viewer)]
        assert head == [f"{cell.label} (UTC)" if cell.is_time else cell.label for cell in offered]
        for cell, text in ((cell, text) for row in rows for cell, text in zip(offered, row, strict=True) if text):
            is_time = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", text) is not None
            assert is_time == cell.is_time, f"{cell.label}: the heading of a time names its zone"
        assert len(rows) == len(walk(client, url)[0])
    shown = client.get(kept.path).text
    assert html.escape(rows[0][0]).removeprefix("'") in client.get(url).text
    assert "format=csv" in shown


@every
def test_a_list_says_where_it_stands(cast: Cast, kept: Kept, short: None) -> None:
    filled(cast, kept.listing.name, 0, 1, 2)
    client = kept.by(cast)
    first = client.get(kept.path).text
    total = len(walk(client, kept.path)[0])
    assert f"1–2 of {total} {kept.listing.noun[1]}" in first
    second = client.get(turn(first, "next") or "").text
    assert f"3–{min(4, total)} of {total} {kept.listing.noun[1]}" in second


@every
def test_the_count_stops_where_it_would_cost(
    cast: Cast, kept: Kept, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 2)
    lists._statement.cache_clear()
    filled(cast, kept.listing.name, 0, 1, 2)
    assert f"1–2 of 2+ {kept.listing.noun[1]}" in kept.by(cast).get(kept.path).text
    lists._statement.cache_clear()


@pytest.mark.parametrize("kept", [kept for kept in LISTS if has_tabs(kept)], ids=lambda kept: kept.listing.name)
def test_the_tabs_of_a_list_count_under_its_other_filters(
    cast: Cast, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(cast, kept.listing.name, 0, 1, 2)
    client = kept.by(cast)
    page, narrowed = (client.get(url).text for url in (kept.path, address(kept, kept.some)))
    assert sum(int(count) for _, count in TAB.findall(page)) == 3
    assert 0 < sum(int(count) for _, count in TAB.findall(narrowed)) < 3
    monkeypatch.setattr(lists, "COUNT_LIMIT", 1)
    lists._tally.cache_clear()
    assert " 1+</a>" in client.get(kept.path).text
    lists._tally.cache_clear()


@every
def test_nothing_found_offers_to_clear_the_filters(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 1)
    page = kept.by(cast).get(address(kept, kept.none)).text
    assert hrefs(page) == []
    assert f"No {kept.listing.noun[1]} match these filters" in page
    assert f'href="{kept.path}">Clear filters</a>' in page


@every
def test_an_empty_list_says_what_will_stand_in_it(cast: Cast, kept: Kept) -> None:
    page = kept.by(cast).get(kept.path).text
    assert hrefs(page) or 'class="empty"' in page
    assert "match these filters" not in page


@every
def test_strangers_see_nothing_of_it(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 0, 1, 2)
    theirs = hrefs(kept.by(cast).get(kept.path).text)
    zoe = cast.client(cast.zoe)
    answer = zoe.get(kept.path)
    assert answer.status_code == (403 if kept.forbidden else 200)
    assert kept.shared or not set(hrefs(answer.text)) & set(theirs)
    if not kept.forbidden:
        assert len(table(zoe, kept.path)) == 1 + len(hrefs(answer.text))


@every
def test_htmx_gets_the_panel_and_the_address_for_it(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 1)
    url = address(kept, {"from": "", "to": "", "sort": "", **kept.some})
    answer = kept.by(cast).get(url, headers={"HX-Request": "true"})
    assert "<h1" not in answer.text
    assert dict(parse_qsl(urlsplit(answer.headers["HX-Replace-Url"]).query)) == kept.some


@every
def test_a_list_costs_three_statements_at_most(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 0, 1, 2)
    client = kept.by(cast)
    client.get(kept.path)
    with statements() as seen:
        client.get(address(kept, kept.some))
    asks_first = int("q" in kept.some)  # how often its words occur
    assert len(seen) <= 4 + kept.beside + asks_first, seen


@every
def test_a_made_up_place_is_the_first_page(cast: Cast, kept: Kept) -> None:
    filled(cast, kept.listing.name, 1)
    client = kept.by(cast)
    first = hrefs(client.get(kept.path).text)
    for place in ("x", "1~2", "~", "1~2~3", "%00", "9" * 500):
        assert hrefs(client.get(f"{kept.path}?after={place}").text) == first
    typed = "1~nonsense~01a20cc8-8e80-70ee-a5ea-294c8a1ac7a3"
    assert client.get(f"{kept.path}?sort={kept.listing.sorts[-1].name}&before={typed}").status_code == 200


def test_a_day_that_is_none_is_said_beside_an_empty_list(cast: Cast) -> None:
    posted(cast)
    client = cast.client(cast.carl)
    answer = client.get("/jobs?from=yesterday&to=2026-11-30")
    assert answer.status_code == 422
    assert "enter a date from 2000 onward" in answer.text
    assert client.get("/jobs?from=2026-12-02&to=2026-12-01").status_code == 422
    assert client.get("/jobs?from=yesterday&format=csv").status_code == 400


@pytest.mark.parametrize(
    ("asked", "chip", "found"),
    [
        ("from=2026-11-24", "Posted: from 24 Nov 2026", 1),
        ("from=2026-11-25", "Posted: from 25 Nov 2026", 0),
        ("to=2026-11-24", "Posted: to 24 Nov 2026", 1),
        ("to=2026-11-23", "Posted: to 23 Nov 2026", 0),
        ("from=2026-11-24&to=2026-11-24", "Posted: 24 Nov 2026", 1),
        ("from=2026-11-20&to=2026-11-26", "Posted: 20 Nov 2026 to 26 Nov 2026", 1),
    ],
)
def test_a_range_of_days_has_both_ends(cast: Cast, asked: str, chip: str, found: int) -> None:
    with simulated(DAY):
        posted(cast)
        page = cast.client(cast.carl).get(f"/jobs?{asked}").text
    assert (len(hrefs(page)), chip in page) == (found, True)


def spreadsheet(cast: Cast, person: Person, **values: str) -> str:
    """Set what a person chose, and download the jobs."""
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.id == person.user_id).values(**values))
    return cast.client(person).get("/jobs?format=csv").text


@pytest.mark.parametrize(
    ("chosen", "separator", "fee"),
    [
        ({"time_zone": "America/New_York"}, ",", "12.50"),
        ({"time_zone": "Europe/Berlin"}, ";", "12,50"),
        ({"time_zone": "Europe/Berlin", "number_format": "en_US"}, ",", "12.50"),
        ({"number_format": "de_DE"}, ";", "12,50"),
    ],
)
def test_cells_are_written_as_the_persons_spreadsheet_reads_them(
    cast: Cast, chosen: dict[str, str], separator: str, fee: str
) -> None:
    posted(cast, title="=HYPERLINK(1)", fee_bp=1_250)
    text = spreadsheet(cast, cast.carl, **chosen)
    assert text.startswith(f'\ufeff"Job"{separator}"Company"')
    assert '"\'=HYPERLINK(1)"' in text
    assert f'{separator}"{fee}"{separator}' in text
