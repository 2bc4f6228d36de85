"""Protects and prepares the database that is written: locks, marks, empties, swaps it, keeps its audit trail."""
