"""What every process runs on: the clock, correlation ids, logs, kept values."""
