"""Audit a data set for leakage, duplicates and degenerate structure; each check has its own module."""
