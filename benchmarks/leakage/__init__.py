"""The leakage benchmark: leaks planted in real data sets, and which of them the audit and its peers find."""
