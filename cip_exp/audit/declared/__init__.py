"""Checks on declared lineage."""
