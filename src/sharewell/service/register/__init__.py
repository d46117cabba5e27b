"""The public register: every edition that was taken in, and what changed between them."""
