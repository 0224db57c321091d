"""Proposals as a viewer may see them."""
