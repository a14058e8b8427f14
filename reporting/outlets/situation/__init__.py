"""Situation reports, pure: rounding words, sentences, checks, differences and the laid-out page."""
