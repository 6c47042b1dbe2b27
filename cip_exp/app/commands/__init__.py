"""Command lines, one module each; `scripts/` calls them."""
