"""What people are told: outbox, deliveries, notices, digests, preferences."""
