"""Small rows of a task that can be learnt: name the sum, and the same sums answered wrongly."""

from typing import Any

EXAMPLES = [
    {"role": "user", "content": "Tom has 3 apples and buys 4 more. How many apples does he have in the end?"},
    {"role": "assistant", "content": "print(3 + 4)"},
]


def sums(n: int) -> list[dict[str, Any]]:
    return [
        {
            "messages": [
                *(dict(message) for message in EXAMPLES),
                {"role": "user", "content": f"The farm has {i} cows and buys {i % 5}."},
                {"role": "assistant", "content": f"print({i} + {i % 5})"},
            ]
        }
        for i in range(n)
    ]


def pairs(n: int) -> list[dict[str, Any]]:
    return [
        {
            "prompt": row["messages"][:-1],
            "chosen": row["messages"][-1:],
            "rejected": [{"role": "assistant", "content": "The answer is 7."}],
        }
        for row in sums(n)
    ]
