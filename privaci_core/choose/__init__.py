"""Chooses the rows of a subset: some rows of some tables, and what belongs to them."""
