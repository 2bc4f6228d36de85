"""Benchmarks: figures as ratios in one run, because machines are noisy."""
