"""Runs a whole refresh: opens both databases, takes its steps in order, and resumes what an earlier run left."""
