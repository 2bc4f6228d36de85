"""Loads the chunks of tables side by side, in worker processes where that is faster."""
