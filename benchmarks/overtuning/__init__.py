"""Compare the quoted score of a search's winner with its score on thousands of unseen rows."""
