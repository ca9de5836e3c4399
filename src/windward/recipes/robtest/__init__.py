"""Journeys of robustness: does training on some kinds of change help against others?"""
