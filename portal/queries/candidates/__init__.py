"""Candidates, their claims and outreach as a viewer may see them."""
