"""One folder per database, one file per subject."""
