"""Faults on purpose, in the middle of capture: nothing may be lost, nothing doubled.

`./dev drill NAME [--quick]`; what each does and must reach: docs/performance.md.
"""
