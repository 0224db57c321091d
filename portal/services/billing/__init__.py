"""Money: terms, invoices, receipts, payout runs, what follows from failures, and the ledger (money.md)."""
