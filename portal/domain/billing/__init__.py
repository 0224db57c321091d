"""Money of placements (money.md): terms, schedule, refunds, the ledger's operations; standard library only."""
