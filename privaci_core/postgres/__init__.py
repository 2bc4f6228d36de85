"""Connects to Postgres servers: sessions, snapshots, errors without values, embedded servers."""
