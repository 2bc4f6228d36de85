"""Makes the fakes of each provider."""
