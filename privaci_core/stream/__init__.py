"""Carries one stream of rows from the source through the masks into the target."""
