"""Disputes: opened, answered, decided, and what they freeze (disputes.md)."""
