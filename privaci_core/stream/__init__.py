"""Streams rows of one table from the source through their masks to a destination."""
