"""Write the model card of a winner or a single run."""
