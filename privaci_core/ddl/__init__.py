"""Clones the objects of a schema: dumps, prunes and creates them; the rest follows the rows."""
