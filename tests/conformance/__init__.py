"""One suite for `core.ports.Store`, run against every store."""
