"""Finds the columns that hold something about people, by names, types and samples."""
