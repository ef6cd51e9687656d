"""Customers over HTTP: every dialect parses into one `Submission` and renders one `Acceptance`; it decides nothing."""
