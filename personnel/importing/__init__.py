"""What this room brings in from sheets: one module a kind."""
