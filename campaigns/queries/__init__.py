"""Reads across the tables of campaigns."""
