"""A made-up run folder in the shape that the main job leaves: figures to test a page with, never results."""

from __future__ import annotations

import json
import random
from math import sqrt
from pathlib import Path
from typing import Any

from windward.rows import Result, write_results

RATES = {
    ("test", "before"): (0.34, 0.42, 0.45),
    ("test", "sft"): (0.69, 0.77, 0.80),
    ("test", "after"): (0.73, 0.83, 0.86),
    ("test-families", "before"): (0.20, 0.27, 0.30),
    ("test-families", "sft"): (0.28, 0.36, 0.38),
    ("test-families", "after"): (0.27, 0.34, 0.39),
}
KINDS = ("wrong", "no_code", "exception", "syntax", "timeout")


def make_run(
    folder: Path,
    *,
    n: int = 64,
    rates: dict[tuple[str, str], tuple[float, ...]] = RATES,
    action: str | None = None,
    observation: str | None = None,
    trees: int = 5,
) -> Path:
    """Writes every file of a run into `folder`; `action` and `observation` put one text into every turn."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(7)
    write_results(folder / "results.parquet", results(n, rates))
    evaluations = [
        evaluation(stage, split, number, by_turn, n, draw, action, observation)
        for (split, stage), by_turn in rates.items()
        for number in range(n)
    ]
    write_lines(folder / "evaluations.jsonl", evaluations)
    write_lines(folder / "trees.jsonl", [tree(number, draw, action, observation) for number in range(trees)])
    (folder / "steps.json").write_text(json.dumps(steps()))
    (folder / "run.json").write_text(json.dumps(RUN))
    write_rows(folder / "sft.parquet", 48)
    write_rows(folder / "pairs.parquet", 29)
    (folder / "training-sft").mkdir(exist_ok=True)
    (folder / "training-sft" / "training.json").write_text(
        json.dumps({"history": [{"step": 1, "loss": 0.91}, {"step": 36, "loss": 0.12}], "seconds": 71.5})
    )
    return folder


def results(n: int, rates: dict[tuple[str, str], tuple[float, ...]]) -> list[Result]:
    """The result table of a made-up run."""
    rows = []
    for (split, stage), by_turn in rates.items():
        for turn, wanted in enumerate(by_turn, start=1):
            rate = round(wanted * n) / n
            rows.append(
                row(
                    split,
                    {"stage": stage, "turn": turn},
                    "success_rate",
                    rate,
                    sqrt(rate * (1 - rate) / n),
                    n,
                )
            )
        rows.append(
            row(split, {"stage": stage}, "tokens_per_problem", 61.5 if stage == "before" else 44.25, 2.5, n)
        )
        for place, kind in enumerate(KINDS):
            rate = round((1 - by_turn[-1]) * 0.5**place * n) / n
            rows.append(row(split, {"stage": stage, "error_kind": kind}, "error_rate", rate, None, n))
    return rows


def row(
    split: str, condition: dict[str, Any], metric: str, value: float, stderr: float | None, n: int
) -> Result:
    """One made-up figure."""
    return Result(
        system="quickstart",
        model="synthetic",
        dataset="synthetic",
        split=split,
        metric=metric,
        value=value,
        n=n,
        condition=condition | {"seed": 0},
        stderr=stderr,
    )


def problem(number: int, split: str) -> dict[str, Any]:
    """One made-up problem."""
    return {
        "id": f"{split}-{number:03d}",
        "prompt": f"A shop sells {number + 3} boxes of pens a day, with 12 pens in each. How many pens in a week?",
        "reference": str((number + 3) * 84),
        "kind": "math",
        "family": f"boxes-{number % 4}",
        "split": split,
    }


def turn(
    number: int, right: bool, draw: random.Random, action: str | None, observation: str | None
) -> dict[str, Any]:
    """One made-up turn."""
    kind = None if right else draw.choice(KINDS[:3])
    code = (
        None
        if kind == "no_code"
        else f"boxes = {number + 3}\npens = boxes * 12\nprint(pens * {7 if right else 5})"
    )
    said = "The answer is 7." if code is None else f"I compute it step by step.\n```python\n{code}\n```"
    shown = (
        "NameError: name 'boxs' is not defined"
        if kind == "exception"
        else str((number + 3) * (84 if right else 60))
    )
    return {
        "action": said if action is None else action,
        "code": code if action is None else action,
        "observation": (shown if code else "") if observation is None else observation,
        "status": "ok",
        "answer": shown if code and kind != "exception" else None,
        "correct": right,
        "rule": "value:integer",
        "error_kind": kind,
        "completion_tokens": 40 + number % 9,
    }


def evaluation(
    stage: str,
    split: str,
    number: int,
    by_turn: tuple[float, ...],
    n: int,
    draw: random.Random,
    action: str | None,
    observation: str | None,
) -> dict[str, Any]:
    """One problem tried: solved at the first turn whose share covers it, in an order that differs by stage."""
    place = (number * 29 + (11 if stage == "before" else 0)) % n
    solved = next((at for at, rate in enumerate(by_turn, start=1) if place < round(rate * n)), None)
    turns = [
        turn(number, at == solved, draw, action, observation) for at in range(1, (solved or len(by_turn)) + 1)
    ]
    return {
        "stage": stage,
        "split": split,
        "problem": problem(number, split),
        "turns": turns,
        "solved_at": solved,
    }


def tree(number: int, draw: random.Random, action: str | None, observation: str | None) -> dict[str, Any]:
    """One made-up tree of three turns; its shape follows from its number."""
    nodes: list[dict[str, Any]] = []
    parent: str | None = None
    for at in (1, 2, 3):
        wins = at == (None, 1, 2, 3, None)[number % 5]
        for sample in range(4):
            right = wins and sample in (1, 3)
            kept = (wins and sample == 1) or sample == 0
            name = f"{number}.{at}.{sample}"
            made = turn(number + sample, right, draw, action, observation)
            nodes.append({"id": name, "parent": parent, "turn": at, "sample": sample, "kept": kept} | made)
        if wins:
            break
        parent = f"{number}.{at}.0"
    return {
        "id": f"tree-{number}",
        "problem": problem(number, "train"),
        "model": "synthetic",
        "seed": 0,
        "nodes": nodes,
    }


def steps() -> list[dict[str, Any]]:
    """Made-up steps; some fields are missing on purpose."""
    return [
        {"name": "problems", "seconds": 0.2, "detail": "240 problems of 12 families"},
        {"name": "before", "seconds": 41.0, "calls": 311, "tokens": 15_020, "cost": 0},
        {"name": "trees", "seconds": 88.4, "calls": 544, "tokens": 26_101, "cost": 0},
        {"name": "sft", "seconds": 71.5, "detail": "36 steps of 8 rows"},
        {"name": "after", "seconds": 40.1, "calls": 236, "tokens": 9_875, "cost": 0},
    ]


RUN = {
    "config": {"size": "tiny", "seed": 0, "model": "embedded", "turns": 3},
    "versions": {"windward": "0.1.0", "python": "3.11.0", "torch": "2.13.0"},
    "machine": {"cpu": "made-up CPU", "cores": 2, "memory_gb": 8},
}


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSONL in ASCII, so that lone surrogates can be written too."""
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="ascii")


def write_rows(path: Path, count: int) -> None:
    """A Parquet of rows with a family and a turn."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "family": [f"boxes-{at % 4}" for at in range(count)],
        "turn": [1 + at % 3 for at in range(count)],
    }
    pq.write_table(pa.table(columns), path)
