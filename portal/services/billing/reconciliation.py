"""What the ledger is compared with beside itself: events, payouts, documents, runs and numbers (money.md §6).

The database refuses to change most of these rows. Who switches that off, or writes what may be written, is found here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: its statement selects the id and the name of each row that does not agree."""

    kind: str
    sentence: str
    statement: str


MOMENTS = Check(
    "moment",
    "Transfer {name} and its event disagree about the time or the person.",
    """
    SELECT transfer.id, transfer.id::text AS name
    FROM billing.ledger_transfers AS transfer JOIN network.marketplace_events AS event ON event.id = transfer.event_id
    WHERE transfer.at <> event.at OR transfer.actor_id IS DISTINCT FROM event.actor_id
    """,
)
DUE = Check(
    "due",
    "The payouts due to recruiter {name} don't add up to what the ledger owes them.",
    """
    SELECT recruiter_id, recruiter_id::text AS name
    FROM (
        SELECT owner_id AS recruiter_id, currency, credits_minor - debits_minor AS owed
        FROM billing.ledger_accounts WHERE kind = 'payable'
    ) AS account
    FULL JOIN (
        SELECT recruiter_id, currency, sum(original_minor - taken_minor - returned_minor) AS due
        FROM billing.payouts WHERE state IN ('due', 'approved') AND recruiter_id IS NOT NULL GROUP BY 1, 2
    ) AS payouts USING (recruiter_id, currency)
    WHERE coalesce(owed, 0) <> coalesce(due, 0)
    """,
)
PARTS = Check(
    "parts",
    "The parts of fee {name} don't add up to the fee.",
    """
    SELECT fee.id, fee.id::text AS name
    FROM billing.fees AS fee
    JOIN LATERAL (
        SELECT sum(original_minor - taken_minor - returned_minor) AS left FROM billing.payouts WHERE fee_id = fee.id
    ) AS parts ON true
    WHERE fee.invoice_id IS NOT NULL AND parts.left + fee.refunded_minor < fee.fee_minor AND NOT EXISTS (
        SELECT FROM billing.write_offs JOIN billing.invoices ON invoices.id = write_offs.invoice_id
        WHERE invoices.fee_id = fee.id
    )
    """,
)
INVOICES = Check(
    "invoice",
    "Invoice {name} doesn't match what was booked.",
    """
    SELECT invoice.id, invoice.number AS name
    FROM billing.invoices AS invoice
    LEFT JOIN (
        SELECT account.owner_id AS id, sum(transfer.amount_minor) AS amount
        FROM billing.ledger_transfers AS transfer
        JOIN billing.ledger_accounts AS account ON account.id = transfer.debit_id AND account.kind = 'receivable'
        WHERE transfer.kind IN ('invoice_issued', 'invoice_credited') GROUP BY 1
    ) AS booked USING (id)
    LEFT JOIN (
        SELECT invoice_id AS id, sum(amount_minor) AS amount FROM billing.invoice_lines GROUP BY 1
    ) AS lines USING (id)
    WHERE booked.amount IS DISTINCT FROM total_minor OR lines.amount IS DISTINCT FROM total_minor
    """,
)
OUTSTANDING = Check(
    "outstanding",
    "The outstanding amount of invoice {name} doesn't match its receipts, credit and write-offs.",
    """
    SELECT invoice.id, invoice.number AS name
    FROM billing.invoices AS invoice
    JOIN billing.ledger_accounts AS account ON account.kind = 'receivable' AND account.owner_id = invoice.id
    LEFT JOIN (
        SELECT invoice_id AS id, sum(amount_minor) AS amount FROM billing.allocations WHERE undone_at IS NULL GROUP BY 1
    ) AS received ON received.id = invoice.id
    LEFT JOIN (
        SELECT note.invoice_id AS id, sum(refund.credited_minor) AS amount
        FROM billing.credit_notes AS note JOIN billing.refunds AS refund ON refund.id = note.refund_id GROUP BY 1
    ) AS credited ON credited.id = invoice.id
    LEFT JOIN (
        SELECT invoice_id AS id, sum(amount_minor) AS amount FROM billing.write_offs GROUP BY 1
    ) AS lost ON lost.id = invoice.id
    LEFT JOIN billing.invoices AS newer ON newer.corrects_id = invoice.id
    WHERE account.debits_minor - account.credits_minor <> CASE WHEN newer.id IS NULL THEN invoice.total_minor
        - coalesce(received.amount, 0) - coalesce(credited.amount, 0) - coalesce(lost.amount, 0) ELSE 0 END
    """,
)
CREDIT_NOTES = Check(
    "credit_note",
    "Credit note {name} doesn't match its refund.",
    """
    SELECT note.id, note.number AS name
    FROM billing.credit_notes AS note JOIN billing.refunds AS refund ON refund.id = note.refund_id
    WHERE (note.fee_minor, note.tax_minor) <> (refund.amount_minor, refund.tax_minor)
    """,
)
# A correction books its refund with the invoice that takes the place of the other.
DOCUMENTS = Check(
    "document",
    "The document {name} doesn't match what was booked.",
    """
    SELECT id, kind || ' ' || id AS name
    FROM (
        SELECT 'receipt' AS kind, id, amount_minor AS amount FROM billing.receipts
        UNION ALL SELECT 'receipt_reversed', id, amount_minor
            FROM billing.receipts JOIN billing.receipt_reversals ON receipt_id = id
        UNION ALL SELECT 'refund_decided', id, amount_minor + tax_minor FROM billing.refunds WHERE cause <> 'correction'
        UNION ALL SELECT 'refund_paid', refund_id, amount_minor FROM billing.refund_payments
        UNION ALL SELECT 'refund_paid', id, amount_minor FROM billing.credit_payments
        UNION ALL SELECT 'clawback_repaid', id, amount_minor FROM billing.clawback_repayments
    ) AS said
    FULL JOIN (
        SELECT kind, document_id AS id, sum(amount_minor) AS amount FROM billing.ledger_transfers
        WHERE kind IN ('receipt', 'receipt_reversed', 'refund_decided', 'refund_paid', 'clawback_repaid')
        GROUP BY 1, 2
    ) AS booked USING (kind, id)
    WHERE said.amount IS DISTINCT FROM booked.amount
    """,
)
CLAWBACKS = Check(
    "clawback",
    "What recruiter {name} owes doesn't match their open clawbacks.",
    """
    SELECT recruiter_id, recruiter_id::text AS name
    FROM (
        SELECT owner_id AS recruiter_id, party_id AS placement_id FROM billing.ledger_accounts
        WHERE kind = 'clawback' AND debits_minor > credits_minor
    ) AS owing
    FULL JOIN (
        SELECT DISTINCT recruiter_id, placement_id, true AS is_open FROM billing.clawbacks WHERE settled_at IS NULL
    ) AS claims USING (recruiter_id, placement_id)
    WHERE owing IS NULL OR is_open IS NULL
    """,
)
RUNS = Check(
    "run",
    "Payout run {name} doesn't add up, or doesn't match what was paid.",
    """
    SELECT run.id, run.id::text AS name
    FROM billing.payout_runs AS run
    LEFT JOIN (
        SELECT run_id AS id, sum(gross_minor) AS gross, sum(netted_minor) AS netted, sum(net_minor) AS net
        FROM billing.payout_run_lines GROUP BY 1
    ) AS lines USING (id)
    LEFT JOIN (SELECT run_id AS id, sum(amount_minor) AS gross FROM billing.payout_run_items GROUP BY 1) AS items
        USING (id)
    LEFT JOIN (SELECT run_id AS id, sum(amount_minor) AS netted FROM billing.payout_run_nettings GROUP BY 1) AS kept
        USING (id)
    LEFT JOIN (
        SELECT transfer.document_id AS id, sum(transfer.amount_minor) AS paid
        FROM billing.ledger_transfers AS transfer
        JOIN billing.ledger_accounts AS account ON account.id = transfer.credit_id AND account.kind = 'cash'
        WHERE transfer.kind = 'payout_paid' GROUP BY 1
    ) AS booked USING (id)
    WHERE (run.gross_minor, run.net_minor, lines.net) IS DISTINCT FROM
            (lines.gross, lines.net, lines.gross - lines.netted)
        OR (items.gross, coalesce(kept.netted, 0)) IS DISTINCT FROM (lines.gross, lines.netted)
        OR CASE WHEN run.state = 'paid' THEN run.net_minor ELSE 0 END <> coalesce(booked.paid, 0)
    """,
)
NUMBERS = Check(
    "number",
    "The numbers {name} have a gap or a wrong count.",
    """
    SELECT NULL::uuid AS id, kind || '-' || year AS name
    FROM billing.document_counters
    FULL JOIN (
        SELECT split_part(number, '-', 1) AS kind, split_part(number, '-', 2)::int AS year, count(*) AS there,
            max(split_part(number, '-', 3)::int) AS highest
        FROM (SELECT number FROM billing.invoices UNION ALL SELECT number FROM billing.credit_notes) AS numbered
        GROUP BY 1, 2
    ) AS used USING (kind, year)
    WHERE last IS DISTINCT FROM there OR there <> highest
    """,
)
# Whoever moves this time makes an account usable before its 72 hours are over.
PAYEES = Check(
    "payee",
    "The bank details of recruiter {name} and the log disagree about when they were changed.",
    """
    SELECT recruiter_id, recruiter_id::text AS name
    FROM billing.payees
    JOIN (
        SELECT recruiter_id, max(at) AS told_at FROM network.marketplace_events WHERE type = 'payee.changed' GROUP BY 1
    ) AS told USING (recruiter_id)
    WHERE changed_at <> told_at
    """,
)
PDFS = Check(
    "pdf",
    "The PDF of {name} doesn't match the copy that was kept.",
    """
    SELECT id, number AS name FROM billing.invoices JOIN billing.invoice_documents ON invoice_id = id
    WHERE encode(sha256(pdf), 'hex') <> sha256
    UNION ALL
    SELECT id, number FROM billing.credit_notes JOIN billing.credit_note_documents ON credit_note_id = id
    WHERE encode(sha256(pdf), 'hex') <> sha256
    """,
)
# The rows that never change, and that balances follow from transfers and stay above zero.
GUARDS = Check(
    "guard",
    "The guard {name} is missing or switched off.",
    """
    SELECT NULL::uuid AS id, wanted.name || ' of ' || wanted.of AS name
    FROM (
        SELECT "of", name FROM unnest(ARRAY[
            'ledger_transfers', 'invoices', 'invoice_lines', 'invoice_documents', 'invoice_reminders',
            'payment_announcements', 'receipts', 'receipt_reversals', 'refunds', 'refund_payments', 'credit_notes',
            'credit_note_documents', 'credit_payments', 'clawback_repayments', 'write_offs'
        ]) AS "of", unnest(ARRAY['append_only', 'never_emptied']) AS name
        UNION ALL VALUES ('ledger_transfers', 'keep_balances'), ('ledger_accounts', 'keep_accounts'),
            ('payout_runs', 'keep_terminal')
    ) AS wanted
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = ('billing.' || wanted.of)::regclass AND tgname = wanted.name
            AND tgenabled IN ('O', 'A')
    )
    UNION ALL
    SELECT NULL, wanted.name FROM (
        VALUES ('ck_ledger_accounts_debit_floor'), ('ck_ledger_accounts_credit_floor')
    ) AS wanted (name)
    WHERE NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'billing.ledger_accounts'::regclass AND conname = wanted.name AND convalidated
    )
    """,
)

CHECKS = (
    MOMENTS, DUE, PARTS, INVOICES, OUTSTANDING, CREDIT_NOTES, DOCUMENTS, CLAWBACKS, RUNS, NUMBERS, PAYEES, PDFS, GUARDS,
)  # fmt: skip
