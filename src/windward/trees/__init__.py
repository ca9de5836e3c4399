"""The trees room."""
