"""The chart of accounts and the operations of the ledger (money.md §6): transfers that balance by construction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

PLATFORM = "platform"  # the owner of the platform's accounts, and the party that holds the platform fee


class AccountKind(StrEnum):
    RECEIVABLE = "receivable"
    CASH = "cash"
    HELD = "held"
    PAYABLE = "payable"
    CLAWBACK = "clawback"
    REFUNDABLE = "refundable"
    PLATFORM_FEES = "platform_fees"
    TAX = "tax"
    WRITE_OFF = "write_off"


K = AccountKind
DEBIT_NORMAL = (K.RECEIVABLE, K.CASH, K.CLAWBACK, K.WRITE_OFF)  # assets and expenses grow by debits
NEVER_BELOW_ZERO = (K.RECEIVABLE, K.CLAWBACK, K.HELD, K.PAYABLE, K.REFUNDABLE)


class OperationKind(StrEnum):
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_CREDITED = "invoice_credited"
    RECEIPT = "receipt"
    RECEIPT_REVERSED = "receipt_reversed"
    CREDIT_APPLIED = "credit_applied"
    CREDIT_UNAPPLIED = "credit_unapplied"
    PAYOUT_DUE = "payout_due"
    PAYOUT_UNDONE = "payout_undone"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    REFUND_DECIDED = "refund_decided"
    REFUND_PAID = "refund_paid"
    REPLACEMENT_LINKED = "replacement_linked"
    CLAWBACK_REPAID = "clawback_repaid"
    WRITTEN_OFF = "written_off"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class Ref:
    """An account: its kind, whose it is, and for `held` the party, for `clawback` the placement."""

    kind: AccountKind
    owner: str
    party: str = ""


CASH = Ref(K.CASH, PLATFORM)
PLATFORM_FEES = Ref(K.PLATFORM_FEES, PLATFORM)
TAX = Ref(K.TAX, PLATFORM)
WRITE_OFF = Ref(K.WRITE_OFF, PLATFORM)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement: `amount` minor units, debited to one account and credited to another."""

    debit: Ref
    credit: Ref
    amount: int
    placement: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of the books: one transfer or more."""

    kind: OperationKind
    transfers: tuple[Transfer, ...]

    @property
    def total(self) -> int:
        """Return the sum that the operation moves."""
        return sum(transfer.amount for transfer in self.transfers)


Side = tuple[Ref, int, str]  # account, amount, placement


def pair(debits: Iterable[Side], credits: Iterable[tuple[Ref, int]]) -> tuple[Transfer, ...]:
    """Match debits with credits in order, so that each transfer has one account on either side.

    Raises:
        ValueError: the two sides do not add up to the same sum.
    """
    owing = [(ref, amount) for ref, amount in credits if amount]
    made: list[Transfer] = []
    for ref, amount, placement in debits:
        left = amount
        while left:
            if not owing:
                raise ValueError("the debits exceed the credits")
            credit, open_ = owing.pop(0)
            moved = min(left, open_)
            made.append(Transfer(ref, credit, moved, placement))
            left -= moved
            if open_ > moved:
                owing.insert(0, (credit, open_ - moved))
    if owing:
        raise ValueError("the credits exceed the debits")
    return tuple(made)


def operation(kind: OperationKind, transfers: Iterable[Transfer]) -> tuple[Operation, ...]:
    """Return the operation, or none if nothing moves: what stays in one account is not a transfer."""
    moved = tuple(each for each in transfers if each.amount and each.debit != each.credit)
    return (Operation(kind, moved),) if moved else ()


def balances(operations: Iterable[Operation]) -> dict[Ref, int]:
    """Return the balance of each account that the operations touch, positive on its normal side."""
    found: dict[Ref, int] = {}
    for transfer in (t for each in operations for t in each.transfers):
        for ref, change in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount)):
            found[ref] = found.get(ref, 0) + (change if ref.kind in DEBIT_NORMAL else -change)
    return found
