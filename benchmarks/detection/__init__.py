"""Judges detection on a corpus of applications that the project wrote for it."""
