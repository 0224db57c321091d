"""Payouts, the runs that pay them, and what a recruiter owes back (money.md §4 and §5)."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.billing import payees, payouts, runs
from portal.models.base import BILLING, Base, Identity, JsonObject, Made, MaybeMoment, MaybeWords, Moment, Words, one_of
from portal.models.billing import FEE, PLACEMENT, RECRUITER, USER


class Payout(Base):
    """One instalment of one row of the sheet, or of the platform's fee (without a recruiter).

    `original` is what the sheet gives; `taken` went back, `returned` came back from the bank and is a payout again.
    """

    __tablename__ = "payouts"
    id: Mapped[Identity]
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE))
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT))
    holder_id: Mapped[uuid.UUID]  # the collaborator's row, or the platform
    recruiter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(RECRUITER))
    role: Mapped[MaybeWords]
    currency: Mapped[Words]
    instalment: Mapped[int]
    day: Mapped[int | None]
    original_minor: Mapped[int]
    taken_minor: Mapped[int] = mapped_column(server_default="0")
    returned_minor: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[Words]
    owed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(RECRUITER))
    is_frozen: Mapped[bool] = mapped_column(
        server_default=false()
    )  # by a dispute that leaves the rest of the fee alone
    extended_days: Mapped[int] = mapped_column(server_default="0")  # of the guarantee that its recruiter agreed to
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("billing.payout_runs.id"))  # the one it is in now
    position: Mapped[int]
    created_at: Mapped[Moment]
    due_at: Mapped[MaybeMoment]
    paid_at: Mapped[MaybeMoment]
    __table_args__ = (
        one_of("state", payouts.STATES),
        CheckConstraint("original_minor > 0 AND taken_minor >= 0 AND returned_minor >= 0", name="amount"),
        CheckConstraint("state IN ('paid', 'reversed') OR taken_minor + returned_minor <= original_minor", name="left"),
        CheckConstraint("(recruiter_id IS NULL) = (role IS NULL)", name="row"),
        # The platform's part keeps to the guarantee of the terms: nobody asks it.
        CheckConstraint("extended_days >= 0 AND (extended_days = 0 OR recruiter_id IS NOT NULL)", name="extended"),
        CheckConstraint("state <> 'approved' OR run_id IS NOT NULL", name="approved"),
        CheckConstraint("state NOT IN ('paid', 'reversed') OR paid_at IS NOT NULL", name="paid"),
        UniqueConstraint("fee_id", "position"),
        Index("ix_payouts_recruiter", "recruiter_id", "state", "id"),
        Index("ix_payouts_placement", "placement_id"),
        Index("ix_payouts_run", "run_id"),
        Index(
            "ix_payouts_due",
            "currency",
            "recruiter_id",
            "id",
            postgresql_where=text("state = 'due' AND run_id IS NULL AND recruiter_id IS NOT NULL"),
        ),
        {"schema": BILLING},
    )

    @hybrid_property
    def left_minor(self) -> int:
        """Return what is still its recruiter's, of a row or in a statement."""
        return self.original_minor - self.taken_minor - self.returned_minor


class PayoutRun(Base):
    """Due payouts of one currency, paid together."""

    __tablename__ = "payout_runs"
    id: Mapped[Identity]
    currency: Mapped[Words]
    state: Mapped[Words]
    gross_minor: Mapped[int]
    net_minor: Mapped[int]
    four_eyes_minor: Mapped[int]  # the limit, copied when collecting
    needs_second: Mapped[bool]
    collected_at: Mapped[Moment]
    collected_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(USER))
    approved_at: Mapped[MaybeMoment]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(USER))
    closed_at: Mapped[MaybeMoment]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(USER))
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("state", runs.MACHINE.names()),
        CheckConstraint("NOT needs_second OR approved_by IS NULL OR approved_by <> collected_by", name="four_eyes"),
        CheckConstraint("(state IN ('paid', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL", name="approved"),
        Index("ix_payout_runs_recent", "currency", "collected_at"),
        {"schema": BILLING},
    )


class PayoutRunLine(Base):
    __tablename__ = "payout_run_lines"
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.payout_runs.id"), primary_key=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RECRUITER), primary_key=True)
    gross_minor: Mapped[int]
    netted_minor: Mapped[int]
    net_minor: Mapped[int]
    payee: Mapped[JsonObject]
    reference: Mapped[Words] = mapped_column(server_default="")
    __table_args__ = (
        CheckConstraint("gross_minor > 0 AND netted_minor >= 0 AND net_minor = gross_minor - netted_minor", name="sum"),
        CheckConstraint("net_minor >= 0", name="net"),
        {"schema": BILLING},
    )


class PayoutRunItem(Base):
    """A payout in a run, with what it had left when it was collected; in at most one run at a time."""

    __tablename__ = "payout_run_items"
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.payout_runs.id"), primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.payouts.id"), primary_key=True)
    amount_minor: Mapped[int]
    is_released: Mapped[bool] = mapped_column(server_default=false())  # the run was cancelled
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_payout_run_items_payout", "payout_id", unique=True, postgresql_where=text("NOT is_released")),
        {"schema": BILLING},
    )


class PayoutRunNetting(Base):
    """What of a payout in a run is kept for what its recruiter owes of another placement; reserved when collecting."""

    __tablename__ = "payout_run_nettings"
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.payout_runs.id"), primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.payouts.id"), primary_key=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT), primary_key=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RECRUITER), index=True)
    amount_minor: Mapped[int]
    is_released: Mapped[bool] = mapped_column(server_default=false())
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"), {"schema": BILLING})


class Payee(Base):
    """Where a recruiter's payouts go; the account is encrypted, `shown` is what pages show of it."""

    __tablename__ = "payees"
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RECRUITER), primary_key=True)
    legal_name: Mapped[Words]
    legal_form: Mapped[Words]
    shown: Mapped[Words]
    sealed: Mapped[Words]
    changed_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("legal_form", payees.LegalForm),
        CheckConstraint("legal_name <> '' AND shown <> '' AND sealed <> ''", name="complete"),
        {"schema": BILLING},
    )


class Clawback(Base):
    """What a recruiter owes of a placement's paid share; what is still open is the balance of its account."""

    __tablename__ = "clawbacks"
    id: Mapped[Identity]
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE), index=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT))
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RECRUITER))
    currency: Mapped[Words]
    amount_minor: Mapped[int]
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("billing.refunds.id"))
    opened_at: Mapped[Moment]
    settled_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_clawbacks_recruiter", "recruiter_id", "id"),
        Index("ix_clawbacks_open", "recruiter_id", "id", postgresql_where=text("settled_at IS NULL")),
        {"schema": BILLING},
    )


class ClawbackRepayment(Made, Base):
    """Money that a recruiter paid back."""

    __tablename__ = "clawback_repayments"
    id: Mapped[Identity]
    clawback_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.clawbacks.id"), index=True)
    amount_minor: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[Words]
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"), {"schema": BILLING})
