"""Stentor: a self-hosted messaging platform."""
