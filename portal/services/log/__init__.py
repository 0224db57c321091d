"""The event log as evidence: its chain of seals, the checkpoints, and what verifies them."""
