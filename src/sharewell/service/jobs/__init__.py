"""Long work: queued in PostgreSQL, done by a worker, with a page for each job."""
