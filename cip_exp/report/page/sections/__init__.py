"""Sections of the HTML report, one module each."""
