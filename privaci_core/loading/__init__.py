"""Loads streams side by side: chunks of tables, worker processes, and the sessions they use."""
