"""Controllable preference optimization as journeys: rows from rated answers, and the study of what control brings."""
