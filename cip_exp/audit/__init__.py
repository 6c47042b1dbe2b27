"""Audit a data set for leakage, duplicates and degenerate structure: one module a check."""
