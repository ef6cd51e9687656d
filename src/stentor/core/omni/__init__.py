"""OMNI messages: one message that takes the steps of a scenario until one of them reaches the person (002)."""
