"""Customers over SMPP 3.4 (003 §3, 004 "SMPP API"): the server side of `stentor.smpp`."""
