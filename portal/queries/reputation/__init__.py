"""Scores as people see them, and the rows behind them."""
