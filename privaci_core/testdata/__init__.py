"""Makes rows for tests in a published target from scenarios, and takes them out again."""
