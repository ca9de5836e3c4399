"""What a recipe cannot go on with."""


class RecipeError(Exception):
    """A journey that stops; the message says what, where and what to do."""
