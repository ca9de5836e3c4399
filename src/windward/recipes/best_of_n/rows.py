"""The best answers as rows that `windward train sft` learns as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windward.recipes.best_of_n.prompts import Prompt

BEST = "best.parquet"


def write_best(
    path: Path,
    prompts: Sequence[Prompt],
    texts: Sequence[Sequence[str]],
    scores: Sequence[Sequence[float]],
    *,
    policy: str,
    scorer: str,
) -> int:
    """Writes the best answer to each prompt, the first of those that score alike; an empty one is no row.

    Args:
        path: a Parquet file.
        prompts: what was asked.
        texts: the answers to each.
        scores: of these.
        policy: who answered.
        scorer: who scored.

    Returns:
        How many rows there are.
    """
    import pyarrow as pa

    from windward.rows.training import MESSAGES, write_rows

    schema = pa.schema(
        [
            ("messages", MESSAGES),
            ("id", pa.string()),
            ("reward", pa.float64()),
            ("mean_reward", pa.float64()),
            ("n", pa.int64()),
            ("model", pa.string()),
            ("scorer", pa.string()),
            ("never_score", pa.list_(pa.string())),
        ]
    )
    rows = []
    for prompt, answers, rewards in zip(prompts, texts, scores, strict=True):
        best = max(range(len(answers)), key=lambda place: rewards[place])
        if not answers[best]:
            continue
        rows.append(
            {
                "messages": [*prompt.messages, {"role": "assistant", "content": answers[best]}],
                "id": prompt.id,
                "reward": rewards[best],
                "mean_reward": sum(rewards) / len(rewards),
                "n": len(answers),
                "model": policy,
                "scorer": scorer,
                "never_score": list(prompt.never_score),
            }
        )
    write_rows(path, rows, schema)
    return len(rows)
