"""The writing of the ledger (money.md §6): the transfers of one transaction, in one statement, with their events."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.domain.billing.ledger import PLATFORM, AccountKind, OperationKind, Ref, Transfer
from portal.domain.events import Event
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.models import LedgerAccount, LedgerTransfer
from portal.services.machinery.rows import among, insert_all
from portal.services.machinery.unit_of_work import UnitOfWork

_TRANSFERS = cast(Table, LedgerTransfer.__table__)
_ACCOUNTS = cast(Table, LedgerAccount.__table__)
Key = tuple[str, str, str, str]  # kind, owner and party by their names, currency
Telling = Callable[..., Event]  # the sum that moves, as `amount_minor` → the event


@lru_cache(maxsize=2**14)
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


@dataclass(frozen=True, slots=True)
class _Posted:
    """Operations that are not written yet, and the event that tells of them."""

    event_id: uuid.UUID
    operations: Sequence[tuple[OperationKind, Sequence[Transfer]]]
    currency: str
    document: uuid.UUID | None

    @property
    def refs(self) -> Iterator[Ref]:
        """Return the accounts between which the operations move something."""
        return (ref for _, transfers in self.operations for moved in transfers for ref in (moved.debit, moved.credit))


class Journal:
    """The transfers of one transaction; `write` inserts them all at once, so that accounts are locked in one order."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self._posted: list[_Posted] = []
        self._told: dict[uuid.UUID | None, uuid.UUID] = {}  # the latest event of each document
        self._accounts: dict[Key, uuid.UUID] = {}

    def post(
        self,
        kind: OperationKind,
        transfers: Sequence[Transfer],
        currency: str,
        tell: Telling,
        *,
        document: uuid.UUID | None = None,
    ) -> None:
        """Book one operation with the event that tells of it."""
        self.post_all([(kind, transfers)], currency, tell, document=document)

    def post_all(
        self,
        operations: Sequence[tuple[OperationKind, Sequence[Transfer]]],
        currency: str,
        tell: Telling,
        *,
        document: uuid.UUID | None = None,
    ) -> None:
        """Book operations that one event tells of; its hash is entered when they are written.

        The event names the sum of the first one: what the others move, such as the platform's part, follows from it.
        """
        moved = sum(t.amount for t in operations[0][1])
        event_id = self.uow.record(tell(amount_minor=moved))
        self._posted.append(_Posted(event_id, operations, currency, document))
        self._told[document] = event_id

    def complete(self, document: uuid.UUID, **figures: object) -> None:
        """Enter in the event that told of a document what was not known yet."""
        self.uow.complete(self._told[document], **figures)

    def write(self) -> None:
        """Insert what was posted: the accounts that are new, then all transfers in one statement."""
        if not self._posted:
            return
        self._open({_key(ref, posted.currency) for posted in self._posted for ref in posted.refs})
        rows: list[dict[str, object]] = []
        for posted in self._posted:
            made = self._rows(posted)
            self.uow.complete(posted.event_id, ledger=digest_of_all(str(row["digest"]) for row in made))
            rows += made
        self._posted.clear()
        insert_all(self.uow.session, _TRANSFERS, rows)

    def _rows(self, posted: _Posted) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for kind, transfers in posted.operations:
            operation_id = self.uow.new_id()
            rows += [self._row(posted, kind, operation_id, moved) for moved in transfers]
        return rows

    def _row(self, posted: _Posted, kind: OperationKind, operation: uuid.UUID, moved: Transfer) -> dict[str, object]:
        row: dict[str, object] = {
            "id": self.uow.new_id(),
            "operation_id": operation,
            "kind": str(kind),
            "debit_id": self._accounts[_key(moved.debit, posted.currency)],
            "credit_id": self._accounts[_key(moved.credit, posted.currency)],
            "amount_minor": moved.amount,
            "currency": posted.currency,
            "placement_id": id_of(moved.placement) if moved.placement else None,
            "document_id": posted.document,
            "at": self.uow.now,
            "actor_id": self.uow.actor.user_id,
            "event_id": posted.event_id,
        }
        row["digest"] = digest(row)
        return row

    def _open(self, accounts: Set[Key]) -> None:
        """Find the accounts that are not known yet, and open those that do not exist, always in the same order."""
        wanted = accounts - self._accounts.keys()
        if not wanted:
            return
        self._find(wanted)
        new = [self._new(key) for key in sorted(wanted - self._accounts.keys())]
        if new:
            self.uow.session.execute(upsert(_ACCOUNTS).on_conflict_do_nothing(), new)
            self._find(wanted)

    def _new(self, key: Key) -> dict[str, object]:
        kind, owner, party, currency = key
        party_id = id_of(party) if party else None
        return {
            "id": self.uow.new_id(),
            "kind": kind,
            "owner_id": id_of(owner),
            "party_id": party_id,
            "currency": currency,
        }

    def _find(self, wanted: Set[Key]) -> None:
        account = _ACCOUNTS.c
        query = select(account.id, account.kind, account.owner_id, account.party_id, account.currency)
        owners = {id_of(owner) for _, owner, _, _ in wanted}
        for row_id, kind, owner, party, currency in self.uow.session.execute(
            query.where(among(account.owner_id, owners))
        ):
            key = (kind, name_of(owner), name_of(party), currency)
            if key in wanted:
                self._accounts[key] = row_id


def _key(ref: Ref, currency: str) -> Key:
    return str(ref.kind), ref.owner, ref.party, currency


def balance(uow: UnitOfWork, kind: AccountKind, owner: uuid.UUID, currency: str) -> int:
    """Return the balance of an account that has no party: debits less credits of an asset, else the reverse."""
    account = LedgerAccount
    query = select(account.debits_minor - account.credits_minor).where(
        account.kind == kind, account.owner_id == owner, account.party_id.is_(None), account.currency == currency
    )
    found = uow.session.scalar(query) or 0
    return found if kind in {AccountKind.RECEIVABLE, AccountKind.CASH} else -found
