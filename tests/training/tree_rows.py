"""Trees of several turns: at each a right and a wrong action, and the wrong one is observed and gone on from."""

from typing import Any


def tree(turns: int, number: int = 0) -> list[dict[str, Any]]:
    history: list[dict[str, str]] = [
        {"role": "user", "content": f"The farm has {number + 12} cows, sells 5 and buys 10. How many?"}
    ]
    rows = []
    for turn in range(turns):
        chosen = {"role": "assistant", "content": f"print({number + 12} - 5 + 10)  # {turn}"}
        rejected = {"role": "assistant", "content": f"print({turn} + {number})\nThe answer is {turn}."}
        rows.append(
            {
                "prompt": list(history),
                "chosen": [chosen],
                "rejected": [rejected],
                "tree_id": f"tree-{number}",
                "turn": turn,
                "provenance": "tree",
            }
        )
        history += [
            rejected,
            {"role": "user", "content": f"{turn + number}\nThe answer is wrong. In the end?"},
        ]
    return rows
