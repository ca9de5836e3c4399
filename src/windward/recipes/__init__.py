"""Whole journeys composed of the rooms below."""
