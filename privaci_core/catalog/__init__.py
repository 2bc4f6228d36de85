"""Reads what a database is made of."""
