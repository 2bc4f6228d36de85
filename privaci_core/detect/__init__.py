"""Finds columns that hold personal data, by names, types and samples, and chooses their masks."""
