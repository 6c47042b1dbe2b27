"""Checks on rows, on the split, and on the table as a whole."""
