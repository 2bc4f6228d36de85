"""Holds what every mask is bound from: the column's shape, keys, plugins, word pools."""
