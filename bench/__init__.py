"""The benchmarks: `python -m bench` measures the platform from outside, as a customer and an SMSC see it."""
