"""Who people are: accounts, sessions, passwords, tokens."""
