"""Computes keyed functions: digests, permutations, format-preserving encryption."""
