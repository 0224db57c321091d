"""Who acts, and what the frame around their pages counts."""
