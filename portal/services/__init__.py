"""THE shared service module: every change of state, one function each."""
