"""Proves a copy before anyone may use it, and writes what was proved into a document that anyone can verify."""
