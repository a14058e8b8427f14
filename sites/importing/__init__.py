"""What the sites bring in from sheets: one module a kind."""
