"""Candidates: who they are, who holds the sourcing credit, files of them."""
