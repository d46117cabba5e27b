"""Journeys in the service: counted by a job, shown protected, and a client's own as a timeline."""
