"""Load data sets: one module per data set, a catalog of their names, file readers, content hashes."""
