"""Reads which tables, columns and keys a database has, without reading a row."""
