"""The API of document 003, and what clients of its time still call."""
