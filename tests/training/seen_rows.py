"""Rows that carry a number, and a trainer that notes which of them each of its forwards is given."""

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from windward.training import trainer


def numbered(places: list[int]) -> list[dict[str, Any]]:
    """Rows as they lie in a file: row i says its number, and `order` says that it is the places[i]-th to be seen."""
    return [
        {
            "messages": [
                {"role": "user", "content": f"Say row {number}."},
                {"role": "assistant", "content": f"{number}"},
            ],
            "order": place,
            "task": "early" if place < len(places) // 2 else "late",
        }
        for number, place in enumerate(places)
    ]


def mixed(count: int) -> list[int]:
    """Places in the plan, far from the order of the file."""
    places = list(range(count))
    random.Random(5).shuffle(places)
    return places


def plan_of(places: list[int]) -> list[int]:
    """The numbers of the rows in the order in which they are to be seen."""
    return sorted(range(len(places)), key=places.__getitem__)


def note_rows(checkpoint: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """From now on each forward of this process appends the numbers of its rows to a file of its own."""
    from transformers import AutoTokenizer

    folder.mkdir(exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    forward = trainer.answer_log_probabilities

    def noting(model: Any, batch: dict[str, Any]) -> Any:
        answers = [
            batch["targets"][batch["owners"] == owner] for owner in range(int(batch["owners"].max()) + 1)
        ]
        numbers = [int(tokenizer.decode(answer, skip_special_tokens=True)) for answer in answers]
        with (folder / f"rank{os.environ.get('RANK', '0')}.jsonl").open("a") as file:
            file.write(json.dumps(numbers) + "\n")
        return forward(model, batch)

    patch.setattr(trainer, "answer_log_probabilities", noting)


def noted(folder: Path, processes: int = 1) -> list[int]:
    """What the forwards of all processes were given, step by step, the first process's part of a step first."""
    told = [
        [json.loads(line) for line in (folder / f"rank{rank}.jsonl").read_text().splitlines()]
        for rank in range(processes)
    ]
    return [number for step in zip(*told, strict=True) for part in step for number in part]


if (
    __name__ == "__main__"
):  # Started by `accelerate launch`: checkpoint, rows, out, notes, the step that is cut off.
    from windward.training import SFTConfig, train_sft

    checkpoint, rows, out, notes, last = sys.argv[1:]

    def cut(progress: trainer.Progress) -> None:
        if progress.step == int(last):
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patching:
        note_rows(Path(checkpoint), Path(notes), patching)
        settings = SFTConfig(learning_rate=1e-3, batch_size=2, order="order", save_seconds=0.0)
        train_sft(checkpoint, rows, out, settings, on_step=cut)
