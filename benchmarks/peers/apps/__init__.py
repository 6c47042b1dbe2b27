"""One program for each peer, written as its documentation recommends."""
