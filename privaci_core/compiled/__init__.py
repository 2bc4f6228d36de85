"""Runs the inner loops that are compiled from C, where they are."""
