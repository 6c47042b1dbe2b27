"""The everyday benchmark: leaks as users' files have them, planted in real tables and read from files."""
