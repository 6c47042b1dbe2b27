"""Checks on what is declared: lineage and time."""
