"""An audit as a table, JSON or SARIF 2.1.0, and the baseline of known findings."""
