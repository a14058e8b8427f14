"""A district's first evening: three sheets with planted faults, and the walk through the pages."""
