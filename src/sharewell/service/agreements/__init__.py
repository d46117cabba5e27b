"""Agreements in the browser: read one, ask it, compare versions, draft, sign and end."""
