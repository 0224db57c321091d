"""Placements: their life, guarantee, team and split sheet."""
