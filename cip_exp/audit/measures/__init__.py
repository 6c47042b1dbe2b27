"""Statistics that several checks share."""
