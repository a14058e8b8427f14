"""Cells, totals, their recount from facts, the audit, the snapshots, and all arithmetic."""
