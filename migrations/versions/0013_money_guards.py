"""money guards: what is booked or issued never changes, and balances are kept with their transfers"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "ledger_transfers",
    "invoices",
    "invoice_lines",
    "invoice_documents",
    "invoice_reminders",
    "payment_announcements",
    "receipts",
    "receipt_reversals",
    "refunds",
    "refund_payments",
    "credit_notes",
    "clawback_repayments",
    "write_offs",
)

# The balances of a statement's transfers, kept beside their CHECKs ("never below"). Accounts are locked in the order
# of their ids, so that two transactions queue up instead of deadlocking.
KEEP_BALANCES = """
CREATE FUNCTION billing.keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.ledger_accounts
    WHERE id IN (SELECT debit_id FROM added UNION SELECT credit_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE billing.ledger_accounts AS account
    SET debits_minor = account.debits_minor + moved.debits, credits_minor = account.credits_minor + moved.credits
    FROM (
        SELECT id, sum(debit) AS debits, sum(credit) AS credits
        FROM (
            SELECT debit_id AS id, amount_minor AS debit, 0 AS credit FROM added
            UNION ALL SELECT credit_id, 0, amount_minor FROM added
        ) AS sides
        GROUP BY id
    ) AS moved
    WHERE account.id = moved.id;
    RETURN NULL;
END $$
"""

# Nobody writes a balance by hand: only the trigger above does.
KEEP_ACCOUNTS = """
CREATE FUNCTION billing.keep_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow from transfers' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the functions and their triggers."""
    op.execute(KEEP_BALANCES)
    op.execute(KEEP_ACCOUNTS)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.{table}"
            " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER keep_balances AFTER INSERT ON billing.ledger_transfers REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_balances()"
    )
    op.execute(
        "CREATE TRIGGER keep_accounts BEFORE UPDATE OR DELETE ON billing.ledger_accounts"
        " FOR EACH ROW EXECUTE FUNCTION billing.keep_accounts()"
    )
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON billing.payout_runs FOR EACH ROW"
        " EXECUTE FUNCTION network.keep_terminal('paid', 'cancelled')"
    )


def downgrade() -> None:
    """Remove the triggers with their functions."""
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON billing.{table}")
        op.execute(f"DROP TRIGGER never_emptied ON billing.{table}")
    op.execute("DROP TRIGGER keep_terminal ON billing.payout_runs")
    op.execute("DROP FUNCTION billing.keep_balances() CASCADE")
    op.execute("DROP FUNCTION billing.keep_accounts() CASCADE")
