"""Between doors and networks: dispatch, receipts, reports, time."""
