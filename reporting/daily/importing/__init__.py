"""What the daily numbers bring in from sheets and from chat: one module a step."""
