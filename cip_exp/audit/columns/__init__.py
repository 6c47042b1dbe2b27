"""Checks on the values of single columns."""
