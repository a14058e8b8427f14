"""Every write of an import: check, name columns, confirm, undo, discard, erase."""
