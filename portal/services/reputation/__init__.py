"""Scores: what changes them, feedback, appeals."""
