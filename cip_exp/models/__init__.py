"""Build scikit-learn pipelines, average a model over seeds, and provide baseline estimators."""
