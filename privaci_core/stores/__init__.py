"""Keeps files in object storage: checked, encrypted, and never half visible."""
