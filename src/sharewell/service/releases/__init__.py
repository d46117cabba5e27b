"""Releases in the browser: ask for one, review it twice, let it out, hand it over."""
