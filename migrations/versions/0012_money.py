"""money: terms, invoices, payouts, what follows from failures, and the ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PLATFORM_TERMS = "00000000-0000-7000-8000-000000000004"


def upgrade() -> None:
    """Make the schema, its tables and first rows, and give what exists the terms that the defaults say."""
    op.execute("CREATE SCHEMA billing")
    _add_tables()
    _add_columns()
    op.execute("INSERT INTO billing.settings (id) VALUES (1)")
    op.execute(
        "INSERT INTO billing.terms (id, scope, fields, updated_at)"
        f" VALUES ('{PLATFORM_TERMS}', 'platform', '{{}}', now())"
    )
    op.execute(
        "UPDATE network.candidate_role_assignments AS p SET terms = jsonb_build_object("
        "'currency', p.currency, 'fee_bp', j.fee_bp) FROM ats.jobs AS j WHERE j.id = p.job_id"
    )
    op.execute(
        "UPDATE ats.placements SET terms = jsonb_strip_nulls(jsonb_build_object('currency', currency, 'fee_bp', fee_bp,"
        " 'flat_fee_minor', CASE WHEN fee_bp IS NULL THEN fee_minor END, 'guarantee_days', guarantee_days,"
        " 'replacement_window_days', replacement_window_days))"
    )


def downgrade() -> None:
    """Drop the schema with everything in it, and the columns."""
    op.drop_column("candidate_role_assignments", "restrictions_read_at", schema="network")
    op.drop_column("candidate_role_assignments", "terms", schema="network")
    for column in ("terms", "platform_fee_minor", "guaranteed_bonus_minor"):
        op.drop_column("placements", column, schema="ats")
    op.execute("DROP SCHEMA billing CASCADE")


def _add_columns() -> None:
    op.add_column("placements", sa.Column("guaranteed_bonus_minor", sa.BigInteger(), nullable=True), schema="ats")
    op.add_column(
        "placements", sa.Column("platform_fee_minor", sa.BigInteger(), server_default="0", nullable=False), schema="ats"
    )
    op.add_column(
        "placements",
        sa.Column("terms", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="ats",
    )
    op.add_column(
        "candidate_role_assignments",
        sa.Column("terms", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="network",
    )
    op.add_column(
        "candidate_role_assignments",
        sa.Column("restrictions_read_at", sa.DateTime(timezone=True), nullable=True),
        schema="network",
    )
    op.create_check_constraint(
        op.f("ck_placements_platform_fee"),
        "placements",
        "platform_fee_minor BETWEEN 0 AND fee_minor AND guaranteed_bonus_minor >= 0",
        schema="ats",
    )


def _add_tables() -> None:
    op.create_table(
        "document_counters",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('INV', 'CN')", name=op.f("ck_document_counters_kind")),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_document_counters")),
        schema="billing",
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debits_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(kind IN ('held', 'clawback')) = (party_id IS NOT NULL)", name=op.f("ck_ledger_accounts_party")
        ),
        sa.CheckConstraint(
            "kind IN ('receivable', 'cash', 'held', 'payable', 'clawback', 'refundable', 'platform_fees', 'tax', 'write_off')",
            name=op.f("ck_ledger_accounts_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('held', 'payable', 'refundable') OR credits_minor >= debits_minor",
            name=op.f("ck_ledger_accounts_credit_floor"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('receivable', 'clawback') OR debits_minor >= credits_minor",
            name=op.f("ck_ledger_accounts_debit_floor"),
        ),
        sa.CheckConstraint("debits_minor >= 0 AND credits_minor >= 0", name=op.f("ck_ledger_accounts_sums")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_accounts_id_currency")),
        sa.UniqueConstraint(
            "owner_id",
            "kind",
            "party_id",
            "currency",
            name=op.f("uq_ledger_accounts_owner_id_kind_party_id_currency"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="billing",
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("four_eyes_minor", sa.BigInteger(), server_default="5000000", nullable=False),
        sa.Column("small_difference_minor", sa.BigInteger(), server_default="2500", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("four_eyes_minor >= 0 AND small_difference_minor >= 0", name=op.f("ck_settings_bounds")),
        sa.CheckConstraint("id = 1", name=op.f("ck_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        schema="billing",
    )
    op.create_table(
        "details",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("bank_account", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_details_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_details")),
        schema="billing",
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debit_id", sa.Uuid(), nullable=False),
        sa.Column("credit_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice_issued', 'invoice_credited', 'receipt', 'receipt_reversed', 'credit_applied', 'credit_unapplied', 'payout_due', 'payout_undone', 'payout_paid', 'payout_returned', 'refund_decided', 'refund_paid', 'replacement_linked', 'clawback_repaid', 'written_off', 'amended')",
            name=op.f("ck_ledger_transfers_kind"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_transfers_amount")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_ledger_transfers_two_sides")),
        sa.ForeignKeyConstraint(
            ["credit_id", "currency"],
            ["billing.ledger_accounts.id", "billing.ledger_accounts.currency"],
            name="fk_ledger_transfers_credit",
        ),
        sa.ForeignKeyConstraint(
            ["debit_id", "currency"],
            ["billing.ledger_accounts.id", "billing.ledger_accounts.currency"],
            name="fk_ledger_transfers_debit",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        schema="billing",
    )
    op.create_index(
        "ix_ledger_transfers_credit", "ledger_transfers", ["credit_id", "id"], unique=False, schema="billing"
    )
    op.create_index("ix_ledger_transfers_debit", "ledger_transfers", ["debit_id", "id"], unique=False, schema="billing")
    op.create_index("ix_ledger_transfers_event", "ledger_transfers", ["event_id"], unique=False, schema="billing")
    op.create_index(
        "ix_ledger_transfers_placement", "ledger_transfers", ["placement_id", "id"], unique=False, schema="billing"
    )
    op.create_table(
        "payout_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("four_eyes_minor", sa.BigInteger(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state IN ('paid', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_payout_runs_closed")
        ),
        sa.CheckConstraint(
            "state IN ('collected', 'approved', 'paid', 'cancelled')", name=op.f("ck_payout_runs_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL", name=op.f("ck_payout_runs_approved")
        ),
        sa.CheckConstraint(
            "NOT needs_second OR approved_by IS NULL OR approved_by <> collected_by",
            name=op.f("ck_payout_runs_four_eyes"),
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["identity.users.id"], name=op.f("fk_payout_runs_approved_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["identity.users.id"], name=op.f("fk_payout_runs_closed_by")),
        sa.ForeignKeyConstraint(["collected_by"], ["identity.users.id"], name=op.f("fk_payout_runs_collected_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_runs")),
        schema="billing",
    )
    op.create_index(
        "ix_payout_runs_recent", "payout_runs", ["currency", "collected_at"], unique=False, schema="billing"
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_receipts_amount")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_receipts_by")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_receipts_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        schema="billing",
    )
    op.create_index(
        "ix_receipts_company",
        "receipts",
        ["company_id", "reference", "amount_minor", "received_on"],
        unique=False,
        schema="billing",
    )
    op.create_table(
        "payout_run_lines",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("netted_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("payee", postgresql.JSONB(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "gross_minor > 0 AND netted_minor >= 0 AND net_minor = gross_minor - netted_minor",
            name=op.f("ck_payout_run_lines_sum"),
        ),
        sa.CheckConstraint("net_minor >= 0", name=op.f("ck_payout_run_lines_net")),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_payout_run_lines_recruiter_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["billing.payout_runs.id"], name=op.f("fk_payout_run_lines_run_id")),
        sa.PrimaryKeyConstraint("run_id", "recruiter_id", name=op.f("pk_payout_run_lines")),
        schema="billing",
    )
    op.create_table(
        "receipt_reversals",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_receipt_reversals_by")),
        sa.ForeignKeyConstraint(["receipt_id"], ["billing.receipts.id"], name=op.f("fk_receipt_reversals_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt_reversals")),
        schema="billing",
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(scope = 'company') = (company_id IS NOT NULL) AND (scope = 'job') = (job_id IS NOT NULL)",
            name=op.f("ck_terms_target"),
        ),
        sa.CheckConstraint("scope IN ('platform', 'company', 'job')", name=op.f("ck_terms_scope")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_terms_company_id")),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_terms_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("company_id", name=op.f("uq_terms_company_id")),
        sa.UniqueConstraint("job_id", name=op.f("uq_terms_job_id")),
        schema="billing",
    )
    op.create_index(
        "uq_terms_platform",
        "terms",
        ["scope"],
        unique=True,
        schema="billing",
        postgresql_where=sa.text("scope = 'platform'"),
    )
    op.create_table(
        "fees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("agreed_days", sa.BigInteger(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("tax_gone_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_back_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unbooked_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_ended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_frozen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_void", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("next_release_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("fee_minor > 0 AND agreed_days >= 0", name=op.f("ck_fees_money")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND fee_minor AND unbooked_minor >= 0", name=op.f("ck_fees_refunded")
        ),
        sa.CheckConstraint("tax_back_minor >= 0 AND tax_gone_minor >= 0", name=op.f("ck_fees_tax")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_fees_company_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_fees_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fees")),
        schema="billing",
    )
    op.create_index(op.f("ix_fees_placement_id"), "fees", ["placement_id"], unique=False, schema="billing")
    op.create_index("ix_fees_company", "fees", ["company_id", "id"], unique=False, schema="billing")
    op.create_index(
        "ix_fees_release",
        "fees",
        ["next_release_on"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("next_release_on IS NOT NULL"),
    )
    op.create_index(
        "ix_fees_to_issue",
        "fees",
        ["start_date"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("invoice_id IS NULL AND NOT is_void"),
    )
    op.create_table(
        "fee_placements",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_fee_placements_fee_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_fee_placements_placement_id")),
        sa.PrimaryKeyConstraint("placement_id", name=op.f("pk_fee_placements")),
        schema="billing",
    )
    op.create_index(op.f("ix_fee_placements_fee_id"), "fee_placements", ["fee_id"], unique=False, schema="billing")
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.Column("tax_label", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("issuer", postgresql.JSONB(), nullable=False),
        sa.Column("billed_to", postgresql.JSONB(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_invoices_due")),
        sa.CheckConstraint(
            "fee_minor > 0 AND tax_minor >= 0 AND total_minor = fee_minor + tax_minor", name=op.f("ck_invoices_sum")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_invoices_company_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["billing.invoices.id"], name=op.f("fk_invoices_corrects_id")),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_invoices_fee_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["identity.users.id"], name=op.f("fk_invoices_issued_by")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_invoices_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_invoices_corrects_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        schema="billing",
    )
    op.create_index("ix_invoices_company", "invoices", ["company_id", "id"], unique=False, schema="billing")
    op.create_index("ix_invoices_due", "invoices", ["due_on"], unique=False, schema="billing")
    op.create_index(op.f("ix_invoices_fee_id"), "invoices", ["fee_id"], unique=False, schema="billing")
    op.create_table(
        "obligations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_obligations_closed")),
        sa.CheckConstraint(
            "state IN ('open', 'fulfilled', 'refunded', 'lapsed', 'waived')", name=op.f("ck_obligations_state")
        ),
        sa.CheckConstraint("due_on >= opened_on", name=op.f("ck_obligations_due")),
        sa.ForeignKeyConstraint(["closed_by"], ["identity.users.id"], name=op.f("fk_obligations_closed_by")),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_obligations_fee_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_obligations_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligations")),
        sa.UniqueConstraint("placement_id", name=op.f("uq_obligations_placement_id")),
        schema="billing",
    )
    op.create_index(
        "ix_obligations_due",
        "obligations",
        ["due_on"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_obligations_fee_id"), "obligations", ["fee_id"], unique=False, schema="billing")
    op.create_index(
        "uq_obligations_open",
        "obligations",
        ["fee_id"],
        unique=True,
        schema="billing",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("instalment", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=True),
        sa.Column("original_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owed_by_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'approved' OR run_id IS NOT NULL", name=op.f("ck_payouts_approved")),
        sa.CheckConstraint(
            "state IN ('held', 'due', 'approved', 'paid', 'cancelled', 'reversed')", name=op.f("ck_payouts_state")
        ),
        sa.CheckConstraint(
            "state IN ('paid', 'reversed') OR taken_minor + returned_minor <= original_minor",
            name=op.f("ck_payouts_left"),
        ),
        sa.CheckConstraint("state NOT IN ('paid', 'reversed') OR paid_at IS NOT NULL", name=op.f("ck_payouts_paid")),
        sa.CheckConstraint("(recruiter_id IS NULL) = (role IS NULL)", name=op.f("ck_payouts_row")),
        sa.CheckConstraint(
            "original_minor > 0 AND taken_minor >= 0 AND returned_minor >= 0", name=op.f("ck_payouts_amount")
        ),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_payouts_fee_id")),
        sa.ForeignKeyConstraint(["owed_by_id"], ["network.recruiters.id"], name=op.f("fk_payouts_owed_by_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_payouts_placement_id")),
        sa.ForeignKeyConstraint(["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_payouts_recruiter_id")),
        sa.ForeignKeyConstraint(["run_id"], ["billing.payout_runs.id"], name=op.f("fk_payouts_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("fee_id", "position", name=op.f("uq_payouts_fee_id_position")),
        schema="billing",
    )
    op.create_index(
        "ix_payouts_due",
        "payouts",
        ["currency", "recruiter_id", "id"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("state = 'due' AND run_id IS NULL AND recruiter_id IS NOT NULL"),
    )
    op.create_index("ix_payouts_placement", "payouts", ["placement_id"], unique=False, schema="billing")
    op.create_index("ix_payouts_recruiter", "payouts", ["recruiter_id", "state", "id"], unique=False, schema="billing")
    op.create_index("ix_payouts_run", "payouts", ["run_id"], unique=False, schema="billing")
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('failure', 'obligation', 'dispute', 'linked', 'correction')", name=op.f("ck_refunds_cause")
        ),
        sa.CheckConstraint("amount_minor > 0 AND tax_minor >= 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "credited_minor >= 0 AND owed_minor >= 0 AND credited_minor + owed_minor = amount_minor + tax_minor",
            name=op.f("ck_refunds_sum"),
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_refunds_by")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_refunds_company_id")),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_refunds_fee_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_refunds_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        schema="billing",
    )
    op.create_index(op.f("ix_refunds_company_id"), "refunds", ["company_id"], unique=False, schema="billing")
    op.create_index(op.f("ix_refunds_fee_id"), "refunds", ["fee_id"], unique=False, schema="billing")
    op.create_table(
        "allocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_allocations_amount")),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_allocations_invoice_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["billing.receipts.id"], name=op.f("fk_allocations_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        schema="billing",
    )
    op.create_index(op.f("ix_allocations_invoice_id"), "allocations", ["invoice_id"], unique=False, schema="billing")
    op.create_index(op.f("ix_allocations_receipt_id"), "allocations", ["receipt_id"], unique=False, schema="billing")
    op.create_table(
        "clawbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fee_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_clawbacks_amount")),
        sa.ForeignKeyConstraint(["fee_id"], ["billing.fees.id"], name=op.f("fk_clawbacks_fee_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_clawbacks_placement_id")),
        sa.ForeignKeyConstraint(["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_clawbacks_recruiter_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["billing.refunds.id"], name=op.f("fk_clawbacks_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawbacks")),
        schema="billing",
    )
    op.create_index(op.f("ix_clawbacks_fee_id"), "clawbacks", ["fee_id"], unique=False, schema="billing")
    op.create_index(
        "ix_clawbacks_open",
        "clawbacks",
        ["recruiter_id", "id"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_clawbacks_recruiter", "clawbacks", ["recruiter_id", "id"], unique=False, schema="billing")
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fee_minor > 0 AND tax_minor >= 0", name=op.f("ck_credit_notes_amount")),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_credit_notes_invoice_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["billing.refunds.id"], name=op.f("fk_credit_notes_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_credit_notes_refund_id")),
        schema="billing",
    )
    op.create_index(op.f("ix_credit_notes_invoice_id"), "credit_notes", ["invoice_id"], unique=False, schema="billing")
    op.create_table(
        "invoice_documents",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_invoice_documents_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_documents")),
        schema="billing",
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('fee', 'tax')", name=op.f("ck_invoice_lines_kind")),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
        schema="billing",
    )
    op.create_table(
        "invoice_reminders",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_invoice_reminders_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "days", name=op.f("pk_invoice_reminders")),
        schema="billing",
    )
    op.create_table(
        "payment_announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_payment_announcements_by")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing.invoices.id"], name=op.f("fk_payment_announcements_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_announcements")),
        schema="billing",
    )
    op.create_index(
        op.f("ix_payment_announcements_invoice_id"),
        "payment_announcements",
        ["invoice_id"],
        unique=False,
        schema="billing",
    )
    op.create_table(
        "payout_run_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_run_items_amount")),
        sa.ForeignKeyConstraint(["payout_id"], ["billing.payouts.id"], name=op.f("fk_payout_run_items_payout_id")),
        sa.ForeignKeyConstraint(["run_id"], ["billing.payout_runs.id"], name=op.f("fk_payout_run_items_run_id")),
        sa.PrimaryKeyConstraint("run_id", "payout_id", name=op.f("pk_payout_run_items")),
        schema="billing",
    )
    op.create_index(
        "uq_payout_run_items_payout",
        "payout_run_items",
        ["payout_id"],
        unique=True,
        schema="billing",
        postgresql_where=sa.text("NOT is_released"),
    )
    op.create_table(
        "payout_run_nettings",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_run_nettings_amount")),
        sa.ForeignKeyConstraint(["payout_id"], ["billing.payouts.id"], name=op.f("fk_payout_run_nettings_payout_id")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["ats.placements.id"], name=op.f("fk_payout_run_nettings_placement_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_payout_run_nettings_recruiter_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["billing.payout_runs.id"], name=op.f("fk_payout_run_nettings_run_id")),
        sa.PrimaryKeyConstraint("run_id", "payout_id", "placement_id", name=op.f("pk_payout_run_nettings")),
        schema="billing",
    )
    op.create_index(
        op.f("ix_payout_run_nettings_recruiter_id"),
        "payout_run_nettings",
        ["recruiter_id"],
        unique=False,
        schema="billing",
    )
    op.create_table(
        "refund_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_payments_amount")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_refund_payments_by")),
        sa.ForeignKeyConstraint(["refund_id"], ["billing.refunds.id"], name=op.f("fk_refund_payments_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_payments")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_refund_payments_refund_id")),
        schema="billing",
    )
    op.create_table(
        "clawback_repayments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clawback_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_clawback_repayments_amount")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_clawback_repayments_by")),
        sa.ForeignKeyConstraint(
            ["clawback_id"], ["billing.clawbacks.id"], name=op.f("fk_clawback_repayments_clawback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback_repayments")),
        schema="billing",
    )
    op.create_index(
        op.f("ix_clawback_repayments_clawback_id"),
        "clawback_repayments",
        ["clawback_id"],
        unique=False,
        schema="billing",
    )
    op.create_table(
        "write_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("clawback_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('difference', 'bad_debt', 'clawback')", name=op.f("ck_write_offs_kind")),
        sa.CheckConstraint("(invoice_id IS NULL) <> (clawback_id IS NULL)", name=op.f("ck_write_offs_subject")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_write_offs_amount")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_write_offs_by")),
        sa.ForeignKeyConstraint(["clawback_id"], ["billing.clawbacks.id"], name=op.f("fk_write_offs_clawback_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoices.id"], name=op.f("fk_write_offs_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        schema="billing",
    )
