"""Cases as their parties and the desk see them, and what they turn on."""
