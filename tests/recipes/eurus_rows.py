"""Pairs that the tests make: problems of one family, right and wrong actions told apart by their first word."""

from __future__ import annotations

from windward.rows import PairRow


def made_pairs(problems: int, each: int = 2) -> list[PairRow]:
    """`each` pairs a problem; every right action begins with yes, every wrong one with no."""
    rows = []
    for problem in range(problems):
        for turn in range(1, each + 1):
            prompt = [
                {"role": "system", "content": "Be right."},
                {"role": "user", "content": f"Is {problem} a number?"},
            ]
            prompt += [{"role": "assistant", "content": "maybe"}, {"role": "user", "content": "Say it."}] * (
                turn - 1
            )
            right = [{"role": "assistant", "content": f"yes, {problem} is" + "!" * turn}]
            wrong = [{"role": "assistant", "content": f"no, {problem} is not"}]
            rows.append(
                PairRow(prompt, right, wrong, f"{turn}.0", f"{turn}.1", f"tree-{problem}-{turn}", "a", f"family-{problem % 2}",
                        "math", 0, turn, "b", "tree", ["mint"])
            )  # fmt: skip
    return rows
