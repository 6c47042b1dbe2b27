"""The injection benchmark: planted leaks in real data sets, and what the audit and its peers say of them."""
