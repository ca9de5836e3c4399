"""The arithmetic that several domains offer: a calculator for expressions, and what is least, most and in all."""

# Annotations stay objects here: a tool's signature is shown to the model as `inspect` prints it.
from windward.evals.tooluse.arithmetic import arithmetic


def calculator(expression: str) -> int | float:
    """Works out an arithmetic expression: numbers, brackets and + - * / // % **; no names, no functions.

    Example: 2 + (3 * 4) is 14.
    """
    return arithmetic(expression)


def minimum(*numbers: int | float | list[int | float]) -> int | float:
    """Finds the smallest of any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return min(_all_of(numbers))


def maximum(*numbers: int | float | list[int | float]) -> int | float:
    """Finds the largest of any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return max(_all_of(numbers))


def total(*numbers: int | float | list[int | float]) -> int | float:
    """Adds any number of numbers.

    Args:
        numbers: the numbers, one after the other or in a list.
    """
    return sum(_all_of(numbers))


def _all_of(numbers: tuple[int | float | list[int | float], ...]) -> list[int | float]:
    flat = [number for item in numbers for number in (item if isinstance(item, list) else [item])]
    if not flat:
        raise ValueError("give at least one number")
    return flat
