"""Split rows, cross-validate a pipeline, and score it: metrics, objectives, profit, statistics."""
