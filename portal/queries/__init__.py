"""Reads: frozen view dataclasses and functions scoped to a viewer."""
