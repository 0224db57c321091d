"""What every service is built on: the transaction, transitions, idempotency, periodic claims."""
