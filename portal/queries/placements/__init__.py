"""Placements, their teams and split sheets as a viewer may see them."""
