"""The references of generated problems, checked by solutions that know nothing of how they were made."""

import re
from collections import Counter

import pytest

from windward.grading import grade_code
from windward.recipes.families import TEST_FAMILIES, TRAIN_FAMILIES, make_problems

# From the numbers of a prompt, in the order in which they are read, to the answer. `None`: see below.
BY_NUMBERS = {
    "gains": lambda n: n[0] + n[1],
    "losses": lambda n: n[0] - n[1],
    "shopping": lambda n: n[0] * n[1],
    "basket": lambda n: n[0] * n[1] + n[2],
    "sharing": lambda n: n[0] / n[1],
    "journey": lambda n: n[0] * n[1] + n[2],
    "savings": lambda n: n[0] + n[1] * n[2],
    "together": lambda n: n[0] + n[1],
    "multiple": lambda n: n[0] * n[1],
    "packs": lambda n: n[0] * n[1],
    "bags": lambda n: n[0] + n[1] + n[2],
    "pace": lambda n: n[0] * n[1],
    "lead": lambda n: n[0] - n[1],
    "spent": lambda n: n[0] - n[1] - n[2],
    "trays": lambda n: n[0] * n[1] - n[2],
    "average": lambda n: sum(n) / 3,
    "reading": lambda n: (n[0] - n[1]) / n[2],
    "table-total": sum,
    "table-top": max,
    "table-spread": lambda n: max(n) - min(n),
}
SOLUTIONS = {
    "code-formula": "def {name}(count, price):\n    return count * price + {number}",
    "code-count-above": "def {name}(numbers):\n    return len([n for n in numbers if n > {number}])",
    "code-sum-multiples": (
        "def {name}(numbers):\n    total = 0\n    for n in numbers:\n        if n % {number} == 0:\n"
        "            total += n\n    return total"
    ),
    "code-box": "def {name}(length, width, height):\n    return length * width * height - {number}",
    "code-scale": "def {name}(x):\n    return {first} * x + {number}",
    "code-area": "def {name}(width, height):\n    return width * height - {number}",
    "code-sum-three": "def {name}(a, b, c):\n    return {number} * (c + b + a)",
}
PROBLEMS = make_problems(train=180, test=90, test_families=120, seed=7)


def numbers(prompt: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", prompt)]


def of(family: str):
    return [problem for problem in PROBLEMS if problem.family == family]


@pytest.mark.parametrize("family", BY_NUMBERS)
def test_references_agree_with_an_independent_solution(family):
    assert of(family)
    for problem in of(family):
        assert float(problem.reference) == BY_NUMBERS[family](numbers(problem.prompt)), problem


def test_change_is_what_was_paid_less_the_price():
    for problem in of("change"):
        paid, count, price = numbers(problem.prompt)
        assert int(problem.reference) == paid - count * price > 0


def test_ages_are_told_in_two_orders():
    for problem in of("ages"):
        first, second, years = numbers(problem.prompt)
        assert int(problem.reference) == first * second + years


def test_rows_above_a_limit_are_counted():
    for problem in of("table-above"):
        table, _, question = problem.prompt.rpartition("\n")
        (limit,) = numbers(question)
        assert int(problem.reference) == sum(value > limit for value in numbers(table))


@pytest.mark.parametrize("family", SOLUTIONS)
def test_an_independent_solution_passes_the_tests_and_a_near_miss_does_not(family):
    problem = of(family)[0]
    name = re.search(r"function (\w+)\(", problem.prompt).group(1)
    first, number = numbers(problem.prompt)[0], numbers(problem.prompt)[-1]
    right = SOLUTIONS[family].format(name=name, first=first, number=number)
    assert grade_code(right, problem.reference).correct
    assert not grade_code(right.replace(f" {number}", f" {number + 1}"), problem.reference).correct


def test_one_problem_of_each_split_by_hand():
    prompts = {
        problem.prompt: problem.reference for problem in make_problems(train=12, test=0, test_families=8)
    }
    assert (
        prompts["Zoe is 2 times as old as Hugo, who is 7. What will be the age of Zoe after 20 years?"]
        == "34"
    )
    assert prompts["Chloe scores 31, 41 and 24 points in three games. What is the average score?"] == "32"
    assert prompts["A hall has 8 rows of 8 chairs. 48 chairs are taken. How many chairs are free?"] == "16"


def test_there_are_enough_families_of_every_kind_and_none_in_both_sets():
    assert len(TRAIN_FAMILIES) >= 8
    assert len(TEST_FAMILIES) >= 4
    assert not set(TRAIN_FAMILIES) & set(TEST_FAMILIES)
    for families in (TRAIN_FAMILIES, TEST_FAMILIES):
        assert {family.kind for family in families.values()} == {"math", "table", "code"}


def test_splits_hold_their_families_and_no_prompt_twice():
    for problem in PROBLEMS:
        assert problem.family in (TEST_FAMILIES if problem.split == "test-families" else TRAIN_FAMILIES)
    assert len({problem.prompt for problem in PROBLEMS}) == len({p.id for p in PROBLEMS}) == len(PROBLEMS)
    assert Counter(problem.split for problem in PROBLEMS) == {"train": 180, "test": 90, "test-families": 120}


def test_families_take_turns():
    counts = Counter(problem.family for problem in PROBLEMS if problem.split == "train")
    assert set(counts.values()) == {10}


def test_the_seed_decides():
    assert make_problems(train=20, test=5, test_families=5, seed=3) == make_problems(
        train=20, test=5, test_families=5, seed=3
    )
    assert make_problems(train=20, test=5, test_families=5, seed=3) != make_problems(
        train=20, test=5, test_families=5, seed=4
    )


def test_worked_examples_give_no_held_out_problem_away():
    from windward.agents import opening

    for problem in PROBLEMS:
        *examples, asked = opening(problem)
        assert problem.prompt in asked["content"]
        assert not any(problem.prompt in message["content"] for message in examples)
