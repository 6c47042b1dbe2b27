"""Checks on scores: of one evaluation, or of all trials of a sweep."""
