"""Measured figures of the product, each against a physical baseline of the same run.

`./dev bench NAME [--quick]`; what the figures mean and what they must reach: docs/performance.md.
"""
