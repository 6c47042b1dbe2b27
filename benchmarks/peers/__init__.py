"""Compare the project with its peers: each tunes and tracks the same fits."""
