"""Compare configurations with corrected, paired statistics."""
