"""Changes the code in one place at a time; a change that no test notices survives."""
