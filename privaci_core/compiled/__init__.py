"""Calls the inner loops that are compiled from C, where the installation has them."""
