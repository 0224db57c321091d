"""The check of the ledger (money.md §6): what does not agree with its transfers is named."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select, text, union_all

from portal.domain.permissions import Actor
from portal.extensions import reading, reading_as_of_now
from portal.models import Fee, LedgerAccount, LedgerTransfer, MarketplaceEvent, Payout
from portal.services.billing import reconciliation
from portal.services.billing.journal import digest, digest_of_all
from portal.services.log import archives

READ = 5_000
T, A = LedgerTransfer, LedgerAccount


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree: what kind it is, which row, and what is wrong with it."""

    kind: str
    row_id: uuid.UUID | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """The outcome: how many transfers were read, and every finding."""

    transfers: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


class BooksChanged(Exception):
    """The ledger does not verify."""


def verify() -> LedgerVerdict:
    """Read the whole ledger and name every row that does not agree with the others."""
    with reading_as_of_now():
        count = reading().execute(select(func.count()).select_from(T)).scalar_one()
        found = [*_rows(), *_accounts(), *_fees(), *_difference(), *_others()]
    return LedgerVerdict(count, tuple(found))


def check_regularly(*, actor: Actor) -> LedgerVerdict:  # noqa: ARG001  # as every periodic job takes it
    """Verify the ledger.

    Raises:
        BooksChanged: with the first finding.
    """
    verdict = verify()
    if not verdict.ok:
        raise BooksChanged(verdict.findings[0].sentence)
    return verdict


# --- each transfer and its event --------------------------------------------------------------------------------------


def _rows() -> Iterator[Finding]:
    """Compare each transfer with its own hash, and each event's hash with those of its transfers."""
    told, gone = _told(), archives.gone()
    for event_id, rows in _by_event():
        for row in rows:
            if digest(dict(row._mapping)) != row.digest:
                yield Finding("transfer", row.id, f"Transfer {row.id} doesn't match what was booked.")
        if event_id not in told and gone.has(event_id):
            continue  # the file has what the event tells of them
        if event_id not in told:
            yield Finding("event", event_id, f"There is no event {event_id} for {len(rows)} transfers.")
        elif told.pop(event_id) != digest_of_all(row.digest for row in rows):
            yield Finding("event", event_id, f"The transfers of event {event_id} don't match what it records.")
    for event_id in told:
        yield Finding("event", event_id, f"The transfers that event {event_id} records are missing.")


def _told() -> dict[uuid.UUID, str]:
    """Read the hash of every event that tells of transfers."""
    said = MarketplaceEvent.payload["ledger"].astext
    query = select(MarketplaceEvent.id, said).where(said.is_not(None), said != "")
    return {row.id: row[1] for row in reading().execute(query)}


def _by_event() -> Iterator[tuple[uuid.UUID, list[Any]]]:
    """Read the transfers in pages, those of one event together."""
    query, after = select(T.__table__).order_by(T.event_id, T.id), uuid.UUID(int=0)
    while True:
        page = reading().execute(query.where(T.event_id > after).limit(READ)).all()
        groups: dict[uuid.UUID, list[Any]] = {}
        for row in page:
            groups.setdefault(row.event_id, []).append(row)
        if len(page) == READ:  # the last event's rows may go on in the next page
            cut = page[-1].event_id
            groups[cut] = list(reading().execute(query.where(T.event_id == cut)).all())
        yield from groups.items()
        if len(page) < READ:
            return
        after = page[-1].event_id


# --- accounts, fees, the whole --------------------------------------------------------------------------------


def _accounts() -> Iterator[Finding]:
    """Compare the balance of each account with the sum of its transfers."""
    nothing = literal(0)
    sides = union_all(
        select(T.debit_id.label("id"), T.amount_minor.label("debit"), nothing.label("credit")),
        select(T.credit_id, nothing, T.amount_minor),
    ).subquery()
    sums = (
        select(sides.c.id, func.sum(sides.c.debit).label("debits"), func.sum(sides.c.credit).label("credits"))
        .group_by(sides.c.id)
        .subquery()
    )
    query = (
        select(A.id, A.kind, A.currency)
        .outerjoin(sums, sums.c.id == A.id)
        .where(
            (A.debits_minor != func.coalesce(sums.c.debits, 0)) | (A.credits_minor != func.coalesce(sums.c.credits, 0))
        )
        .order_by(A.id)
    )
    for row in reading().execute(query):
        yield Finding("balance", row.id, f"The balance of {row.kind} account {row.id} is not the sum of its transfers.")


def _difference() -> Iterator[Finding]:
    """Add every account up: all debits are credits."""
    query = select(A.currency, func.sum(A.debits_minor) - func.sum(A.credits_minor)).group_by(A.currency)
    for currency, difference in reading().execute(query):
        if difference:
            yield Finding("difference", None, f"The accounts in {currency} do not add up to zero.")


def _fees() -> Iterator[Finding]:
    """Compare each fee with the parts it is made of, and what its parts still hold with its accounts."""
    left = func.sum(Payout.left_minor)
    parts = select(Payout.fee_id, left.label("left")).group_by(Payout.fee_id).subquery()
    query = (
        select(Fee.id)
        .join(parts, parts.c.fee_id == Fee.id)
        .where(Fee.invoice_id.is_not(None), parts.c.left + Fee.refunded_minor > Fee.fee_minor)
    )
    for (fee_id,) in reading().execute(query):
        yield Finding("fee", fee_id, f"The parts of fee {fee_id} exceed the fee.")
    for (fee_id,) in reading().execute(text(_HELD)):
        yield Finding("fee", fee_id, f"The amount held for fee {fee_id} doesn't match its payouts.")


_HELD = """
SELECT said.fee_id FROM (
    SELECT fee_id, sum(CASE WHEN state = 'held' THEN original_minor - taken_minor - returned_minor ELSE 0 END) AS held
    FROM billing.payouts GROUP BY fee_id
) AS said
JOIN billing.fees AS fee ON fee.id = said.fee_id AND fee.invoice_id IS NOT NULL
JOIN LATERAL (
    SELECT coalesce(sum(account.credits_minor - account.debits_minor), 0) AS held
    FROM (SELECT DISTINCT placement_id, holder_id FROM billing.payouts WHERE fee_id = fee.id) AS party
    JOIN billing.ledger_accounts AS account
        ON account.kind = 'held' AND account.owner_id = party.placement_id AND account.party_id = party.holder_id
) AS booked ON booked.held <> said.held
"""


def _others() -> Iterator[Finding]:
    """Compare the ledger with what is kept beside it, and look for guards of the database that are gone."""
    for check in reconciliation.CHECKS:
        found = reading().execute(text(check.statement)).all()
        for row_id, name in sorted(found, key=lambda row: row.name):
            yield Finding(check.kind, row_id, check.sentence.format(name=name))
