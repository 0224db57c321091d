"""The writing of the ledger (money.md §6): the transfers of one transaction, in one statement, with their events."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from sqlalchemy import Table, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.domain.billing.ledger import PLATFORM, AccountKind, OperationKind, Ref, Transfer
from portal.domain.events import Event
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.models import LedgerAccount, LedgerTransfer
from portal.services.machinery.unit_of_work import UnitOfWork

_TRANSFERS = cast(Table, LedgerTransfer.__table__)
Key = tuple[str, uuid.UUID, uuid.UUID | None]
Telling = Callable[[int, str], Event]  # the sum that moves and the hash over its transfers → the event


def id_of(name: str) -> uuid.UUID:
    """Return the id that a name of the rules stands for."""
    return PLATFORM_ORGANISATION_ID if name == PLATFORM else uuid.UUID(name)


def name_of(key: uuid.UUID | None) -> str:
    """Return the name that the rules have for an id."""
    if key is None:
        return ""
    return PLATFORM if key == PLATFORM_ORGANISATION_ID else str(key)


def digest(row: dict[str, object]) -> str:
    """Return the hash over what a transfer says; its event is not in it, because the event holds the hash."""
    names = (
        "id",
        "operation_id",
        "kind",
        "debit_id",
        "credit_id",
        "amount_minor",
        "currency",
        "placement_id",
        "document_id",
    )
    return hashlib.sha256("\n".join(str(row[name]) for name in names).encode()).hexdigest()


def digest_of_all(digests: Iterable[str]) -> str:
    """Return the hash that an event holds over its transfers, in the order of their ids."""
    joined = "\n".join(digests)
    return hashlib.sha256(joined.encode()).hexdigest() if joined else ""


class Journal:
    """The transfers of one transaction; `write` inserts them all at once, so that accounts are locked in one order."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self._rows: list[dict[str, object]] = []
        self._accounts: dict[tuple[Key, str], uuid.UUID] = {}

    def post(
        self,
        kind: OperationKind,
        transfers: Sequence[Transfer],
        currency: str,
        tell: Telling,
        *,
        document: uuid.UUID | None = None,
    ) -> uuid.UUID:
        """Book one operation with the event that tells of it, and return the event's id."""
        return self.post_all([(kind, transfers)], currency, tell, document=document)

    def post_all(
        self,
        operations: Sequence[tuple[OperationKind, Sequence[Transfer]]],
        currency: str,
        tell: Telling,
        *,
        document: uuid.UUID | None = None,
    ) -> uuid.UUID:
        """Book operations that one event tells of."""
        self._open_accounts([t for _, transfers in operations for t in transfers], currency)
        rows: list[dict[str, object]] = []
        for kind, transfers in operations:
            operation_id = self.uow.new_id()
            rows += [self._row(kind, operation_id, transfer, currency, document) for transfer in transfers]
        moved = sum(t.amount for _, transfers in operations for t in transfers)
        event_id = self.uow.record(tell(moved, digest_of_all(str(row["digest"]) for row in rows)))
        self._rows += [{**row, "event_id": event_id} for row in rows]
        return event_id

    def write(self) -> None:
        """Insert what was posted."""
        if self._rows:
            self.uow.session.flush()
            self.uow.session.execute(insert(_TRANSFERS), self._rows)
            self._rows.clear()

    def _row(
        self, kind: OperationKind, operation: uuid.UUID, moved: Transfer, currency: str, document: uuid.UUID | None
    ) -> dict[str, object]:
        row: dict[str, object] = {
            "id": self.uow.new_id(),
            "operation_id": operation,
            "kind": str(kind),
            "debit_id": self._accounts[_key(moved.debit), currency],
            "credit_id": self._accounts[_key(moved.credit), currency],
            "amount_minor": moved.amount,
            "currency": currency,
            "placement_id": id_of(moved.placement) if moved.placement else None,
            "document_id": document,
            "at": self.uow.now,
            "actor_id": self.uow.actor.user_id,
        }
        return {**row, "digest": digest(row)}

    def _open_accounts(self, transfers: Iterable[Transfer], currency: str) -> None:
        """Find the accounts that are not known yet, and open those that do not exist."""
        refs = {ref for moved in transfers for ref in (moved.debit, moved.credit)}
        wanted = sorted({_key(ref) for ref in refs} - {key for key, of in self._accounts if of == currency}, key=str)
        if not wanted:
            return
        new = [
            {"id": self.uow.new_id(), "kind": k, "owner_id": owner, "party_id": party, "currency": currency}
            for k, owner, party in wanted
        ]
        self.uow.session.execute(upsert(LedgerAccount).values(new).on_conflict_do_nothing())
        account = LedgerAccount
        found = select(account.id, account.kind, account.owner_id, account.party_id).where(
            account.currency == currency,
            tuple_(account.kind, account.owner_id).in_([(k, owner) for k, owner, _ in wanted]),
        )
        for key, kind, owner, party in self.uow.session.execute(found):
            self._accounts[(kind, owner, party), currency] = key


def _key(ref: Ref) -> Key:
    return str(ref.kind), id_of(ref.owner), id_of(ref.party) if ref.party else None


def balance(uow: UnitOfWork, kind: AccountKind, owner: uuid.UUID, currency: str) -> int:
    """Return the balance of an account that has no party: debits less credits of an asset, else the reverse."""
    account = LedgerAccount
    query = select(account.debits_minor - account.credits_minor).where(
        account.kind == kind, account.owner_id == owner, account.party_id.is_(None), account.currency == currency
    )
    found = uow.session.scalar(query) or 0
    return found if kind in {AccountKind.RECEIVABLE, AccountKind.CASH} else -found
