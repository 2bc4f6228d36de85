"""One folder a database, one file a subject."""
