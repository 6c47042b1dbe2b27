"""What a search's winner is worth on rows that nobody saw, and what was claimed of it."""
