"""Money as the people concerned see it: a placement's money, earnings, invoices, runs, the ledger, the simulator."""
