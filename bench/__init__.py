"""Measurements: ratios within one run, never times to hold the suite to."""
