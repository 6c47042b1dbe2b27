"""Frozen records that packages hand on: table, features, split, evaluation, verdict, trial, sweep context."""
