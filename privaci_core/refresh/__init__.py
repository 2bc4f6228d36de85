"""Runs a whole refresh: opens both databases, takes its steps, resumes an earlier run."""
