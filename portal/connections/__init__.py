"""How connections to PostgreSQL, its replica and Redis behave when one hangs, dies or lags."""
