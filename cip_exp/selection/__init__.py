"""Choose a winner from finished trials, confirm it on fresh splits, and quote its score."""
