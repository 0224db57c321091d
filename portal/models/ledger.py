"""The ledger (money.md §6): accounts whose balance a trigger keeps, and transfers that are only ever added."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.billing import ledger
from portal.models.base import BILLING, Base, Identity, Moment, Words, one_of

_DEBIT_FLOOR = ", ".join(f"'{kind}'" for kind in ledger.NEVER_BELOW_ZERO if kind in ledger.DEBIT_NORMAL)
_CREDIT_FLOOR = ", ".join(f"'{kind}'" for kind in ledger.NEVER_BELOW_ZERO if kind not in ledger.DEBIT_NORMAL)


class LedgerAccount(Base):
    """One account: a kind, an owner and a currency; both sums only grow."""

    __tablename__ = "ledger_accounts"
    id: Mapped[Identity]
    kind: Mapped[Words]
    owner_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID | None]  # the row of a `held`, the placement of a `clawback`
    currency: Mapped[Words]
    debits_minor: Mapped[int] = mapped_column(server_default="0")
    credits_minor: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        one_of("kind", ledger.AccountKind),
        CheckConstraint("debits_minor >= 0 AND credits_minor >= 0", name="sums"),
        CheckConstraint(f"kind NOT IN ({_DEBIT_FLOOR}) OR debits_minor >= credits_minor", name="debit_floor"),
        CheckConstraint(f"kind NOT IN ({_CREDIT_FLOOR}) OR credits_minor >= debits_minor", name="credit_floor"),
        CheckConstraint("(kind IN ('held', 'clawback')) = (party_id IS NOT NULL)", name="party"),
        UniqueConstraint("owner_id", "kind", "party_id", "currency", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "currency"),  # what a transfer refers to, so that it stays in one currency
        {"schema": BILLING},
    )


class LedgerTransfer(Base):
    """One movement between two accounts, with the operation, event, document and placement it belongs to.

    `digest` is a hash over the row; the event's payload holds the hash over those of its transfers.
    """

    __tablename__ = "ledger_transfers"
    id: Mapped[Identity]
    operation_id: Mapped[uuid.UUID]
    kind: Mapped[Words]
    debit_id: Mapped[uuid.UUID]
    credit_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int]
    currency: Mapped[Words]
    placement_id: Mapped[uuid.UUID | None]
    document_id: Mapped[uuid.UUID | None]
    event_id: Mapped[uuid.UUID]
    at: Mapped[Moment]
    actor_id: Mapped[uuid.UUID]
    digest: Mapped[Words]
    __table_args__ = (
        one_of("kind", ledger.OperationKind),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
        ForeignKeyConstraint(
            ["debit_id", "currency"],
            ["billing.ledger_accounts.id", "billing.ledger_accounts.currency"],
            name="fk_ledger_transfers_debit",
        ),
        ForeignKeyConstraint(
            ["credit_id", "currency"],
            ["billing.ledger_accounts.id", "billing.ledger_accounts.currency"],
            name="fk_ledger_transfers_credit",
        ),
        Index("ix_ledger_transfers_debit", "debit_id", "id"),
        Index("ix_ledger_transfers_credit", "credit_id", "id"),
        Index("ix_ledger_transfers_event", "event_id"),
        Index("ix_ledger_transfers_placement", "placement_id", "id"),
        {"schema": BILLING},
    )
