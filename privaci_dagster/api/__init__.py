"""Serves test data to programs: over HTTP, and to agents over MCP."""
