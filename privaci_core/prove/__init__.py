"""Proves a copy before anyone uses it; the proof is a document that anyone can verify."""
