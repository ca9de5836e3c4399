"""Fresh sets that no model has seen: questions about things that do not exist, and real questions with one word replaced."""
