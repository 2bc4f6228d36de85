"""Masks values inside JSON documents, path by path."""
