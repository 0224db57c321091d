"""Event to mail: who gets it and what it says."""
