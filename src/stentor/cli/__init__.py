"""The command `stentor`."""
