"""How values, states and events read to people; no query, no request."""
