"""Converts columns between Postgres's binary form and its text form, type by type."""
