"""Monitoring: clients of services, what was done for them, and who may see it."""
