"""Clones the schema's objects: dumps, prunes, creates them, and finishes them behind the rows."""
