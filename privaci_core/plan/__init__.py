"""Decides what happens to every column of every table before anything is read."""
