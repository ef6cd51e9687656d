"""OMNI messages (002): scenarios, sending, reports and logs."""
