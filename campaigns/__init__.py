"""WHAT is to be done: divisions, the register, campaigns, rounds, targets and deadlines."""
