"""The project beside its peers: the same fits, tuned and tracked by each."""
