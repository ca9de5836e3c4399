"""Small coding tasks: one function a family, each returning a prompt and the tests that a right answer passes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any


def _tests(name: str, function: Callable[..., Any], cases: list[tuple[Any, ...]]) -> str:
    return "\n".join(
        f"assert {name}({', '.join(repr(value) for value in case)}) == {function(*case)!r}" for case in cases
    )


def formula(rng: Random) -> tuple[str, str]:
    """A product and an extra charge: count * price + fee."""
    name = rng.choice(("total_cost", "bill", "amount_due", "full_price"))
    fee = rng.randint(2, 30)
    prompt = rng.choice(
        (
            f"Write a function {name}(count, price) that returns count times price plus a fee of {fee}.",
            f"Write a function {name}(count, price). It multiplies count by price, adds {fee} and returns the result.",
        )
    )
    cases = [(rng.randint(1, 20), rng.randint(1, 20)) for _ in range(3)]
    return prompt, _tests(name, lambda count, price: count * price + fee, cases)


def count_above(rng: Random) -> tuple[str, str]:
    """How many numbers of a list exceed a limit."""
    name, limit = rng.choice(("count_big", "how_many", "count_above")), rng.randint(3, 60)
    prompt = rng.choice(
        (
            f"Write a function {name}(numbers) that returns how many of the numbers are greater than {limit}.",
            f"Write a function {name}(numbers) that counts the numbers above {limit} and returns the count.",
        )
    )
    cases = [([rng.randint(0, 90) for _ in range(6)],) for _ in range(2)] + [([],), ([limit, limit + 1],)]
    return prompt, _tests(name, lambda numbers: sum(value > limit for value in numbers), cases)


def scale(rng: Random) -> tuple[str, str]:
    """A multiple and a constant: k * x + c."""
    name, k, c = rng.choice(("convert", "change", "compute", "step")), rng.randint(2, 12), rng.randint(1, 30)
    prompt = rng.choice(
        (
            f"Write a function {name}(x) that returns {k} times x plus {c}.",
            f"Write a function {name}(x). It multiplies x by {k}, adds {c} and returns the result.",
        )
    )
    return prompt, _tests(name, lambda x: k * x + c, [(rng.randint(1, 20),) for _ in range(3)])


def area(rng: Random) -> tuple[str, str]:
    """A product less a constant: width * height - c."""
    name, c = rng.choice(("area", "floor_area", "surface")), rng.randint(2, 30)
    prompt = rng.choice(
        (
            f"Write a function {name}(width, height) that returns width times height minus {c}.",
            f"Write a function {name}(width, height). It multiplies width by height, takes away {c} and returns the result.",
        )
    )
    cases = [(rng.randint(6, 20), rng.randint(6, 20)) for _ in range(3)]
    return prompt, _tests(name, lambda width, height: width * height - c, cases)


def sum_multiples(rng: Random) -> tuple[str, str]:
    """Held out. The sum of the multiples of k in a list."""
    name, k = rng.choice(("sum_multiples", "add_up", "sum_divisible")), rng.randint(2, 7)
    prompt = rng.choice(
        (
            f"Write a function {name}(numbers) that returns the sum of the numbers divisible by {k}.",
            f"Write a function {name}(numbers) that adds up the multiples of {k} in numbers and returns the sum.",
        )
    )
    cases = [([rng.randint(1, 60) for _ in range(7)],) for _ in range(2)] + [([],), ([k, k + 1, 2 * k],)]
    return prompt, _tests(name, lambda numbers: sum(value for value in numbers if value % k == 0), cases)


def box(rng: Random) -> tuple[str, str]:
    """Held out. A volume less a part: length * width * height - gap."""
    name, gap = rng.choice(("volume", "space", "free_volume")), rng.randint(1, 9)
    prompt = rng.choice(
        (
            f"Write a function {name}(length, width, height) that returns the product of the three minus {gap}.",
            f"Write a function {name}(length, width, height). It returns length times width times height, less {gap}.",
        )
    )
    cases = [(rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 9)) for _ in range(3)]
    return prompt, _tests(name, lambda length, width, height: length * width * height - gap, cases)


def sum_three(rng: Random) -> tuple[str, str]:
    """Held out. A multiple of a sum: (a + b + c) * k."""
    name, k = rng.choice(("add_all", "total", "sum_up")), rng.randint(2, 9)
    prompt = rng.choice(
        (
            f"Write a function {name}(a, b, c) that returns the sum of a, b and c, times {k}.",
            f"Write a function {name}(a, b, c). It adds the three numbers, multiplies the sum by {k} and returns it.",
        )
    )
    cases = [tuple(rng.randint(1, 20) for _ in range(3)) for _ in range(3)]
    return prompt, _tests(name, lambda a, b, c: (a + b + c) * k, cases)
