"""Where messages live: one port (`core.ports.Store`), several stores, one conformance suite."""
