"""Searches all of a target for the originals of masked columns, and counts what is left out."""
