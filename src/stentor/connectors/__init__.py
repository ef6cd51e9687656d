"""Networks and phones: each connector implements `core.ports.Connector`."""
