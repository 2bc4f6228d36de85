"""Keeps published targets as baselines in a store, and restores them exactly."""
