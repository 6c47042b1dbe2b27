"""One program a peer, written as its own documentation advises."""
