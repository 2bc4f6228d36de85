"""Masks free text: names and patterns inside sentences."""
