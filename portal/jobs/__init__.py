"""RQ entry points: load, one call, no rules."""
