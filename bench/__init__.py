"""Benchmarks: what the system promises about speed and memory, measured."""
