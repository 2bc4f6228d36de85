"""Decodes and encodes the binary form of each type that a mask changes."""
