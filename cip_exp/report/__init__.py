"""Show results: tables, terminal output, comparisons, model cards, the HTML report."""
