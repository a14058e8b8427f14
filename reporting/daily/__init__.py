"""The numbers that streets owe: forms, reports and their versions, review, reconciliation."""
