"""Runs a whole refresh: opens both databases, takes the steps in their order, resumes what an earlier run left."""
