"""Locks, marks, empties and swaps the database that is written, and keeps its audit trail."""
