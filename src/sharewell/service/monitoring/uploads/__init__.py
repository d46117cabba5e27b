"""Files that suppliers send: tested, applied, undone, and all of it in the history."""
