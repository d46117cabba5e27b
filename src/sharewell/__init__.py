"""Sharewell."""
