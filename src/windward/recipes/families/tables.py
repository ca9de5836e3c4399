"""Questions on small tables: one function a family, each returning a prompt and its answer."""

from __future__ import annotations

from random import Random

from windward.recipes.families.words import GOODS, NAMES


def _table(columns: tuple[str, ...], rows: list[tuple[str | int, ...]]) -> str:
    lines = [columns, *rows]
    return "\n".join(" | ".join(str(cell) for cell in line) for line in lines)


def total(rng: Random) -> tuple[str, str]:
    """The sum of a column."""
    things = rng.sample(GOODS, rng.randint(2, 3))
    counts = [rng.randint(2, 95) for _ in things]
    column = rng.choice(("sold", "stock", "orders"))
    question = rng.choice(
        (f"What is the total of {column}?", f"How many {column} are there in all rows together?")
    )
    return f"{_table(('item', column), list(zip(things, counts, strict=True)))}\n{question}", str(sum(counts))


def top(rng: Random) -> tuple[str, str]:
    """The largest value of a column."""
    people = rng.sample(NAMES, rng.randint(2, 4))
    points = rng.sample(range(5, 99), len(people))
    question = rng.choice(("How many points does the winner have?", "What is the highest number of points?"))
    return f"{_table(('name', 'points'), list(zip(people, points, strict=True)))}\n{question}", str(
        max(points)
    )


def spread(rng: Random) -> tuple[str, str]:
    """Held out. The largest value of a column less the smallest."""
    people = rng.sample(NAMES, rng.randint(2, 4))
    points = rng.sample(range(5, 99), len(people))
    question = rng.choice(
        (
            "What is the difference between the highest and the lowest points?",
            "By how much do the most points exceed the fewest points?",
        )
    )
    table = _table(("name", "points"), list(zip(people, points, strict=True)))
    return f"{table}\n{question}", str(max(points) - min(points))


def above(rng: Random) -> tuple[str, str]:
    """Held out. How many values lie above a limit."""
    cities = rng.sample(
        ("Oslo", "Lima", "Cairo", "Quito", "Delhi", "Perth", "Turin", "Kyoto"), rng.randint(4, 6)
    )
    degrees = rng.sample(range(3, 40), len(cities))
    limit = rng.choice(sorted(degrees)[:-1])
    question = rng.choice(
        (
            f"How many cities have more than {limit} degrees?",
            f"In how many rows are the degrees above {limit}?",
        )
    )
    table = _table(("city", "degrees"), list(zip(cities, degrees, strict=True)))
    return f"{table}\n{question}", str(sum(value > limit for value in degrees))
