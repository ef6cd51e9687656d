"""The built-in network: in process for the demo, and as a stand-alone SMSC for other people's clients."""
