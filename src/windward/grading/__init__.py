"""The grading room."""
