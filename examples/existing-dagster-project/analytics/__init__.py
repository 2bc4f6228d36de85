"""Reports on masked copies of two databases."""
