"""Build the feature columns of a table by feature set (leaky, clean, strict) and declared lineage."""
