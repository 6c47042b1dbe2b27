"""Record trials: the sweep folder, the MLflow store, saved models."""
