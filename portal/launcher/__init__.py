"""Everything on one machine for `make run` and the tests; the application does not know it."""
