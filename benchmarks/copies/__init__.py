"""Copies of rows planted in real tables, and the same tables untouched."""
