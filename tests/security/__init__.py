"""Hostile clients, customers and peers."""
