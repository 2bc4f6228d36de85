"""Decides what happens to every table and column before any row is copied."""
