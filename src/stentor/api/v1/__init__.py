"""HTTP API v1 (documents 000 and 004), JSON."""
