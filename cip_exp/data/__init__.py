"""Load data sets: one module each, with a registry, a CSV reader and content hashes."""
