"""What campaigns bring in from sheets: one module a kind."""
