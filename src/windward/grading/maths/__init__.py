"""Maths answers: read them from a response, parse them with a closed grammar, compare them by value."""
