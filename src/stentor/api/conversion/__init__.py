"""The conversion rate API: processes, tags, logs and statistics (001)."""
