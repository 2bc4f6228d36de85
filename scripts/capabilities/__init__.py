"""Tells what the product does from the tests that prove it, and what those tests measured."""
