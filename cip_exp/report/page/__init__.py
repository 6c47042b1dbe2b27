"""Write the HTML report of a sweep or a run."""
