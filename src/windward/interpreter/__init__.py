"""The interpreter room."""
