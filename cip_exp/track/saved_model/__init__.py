"""Save a fitted pipeline with MLflow and skops, and load it without unpickling."""
