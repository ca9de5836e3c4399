"""Made-up folders of MINT evaluations, as the commands leave them, without any model."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.rows import Result, write_results

N = 40


def rate(model: str, solved: int, k: int = 5, dataset: str = "all", **condition: Any) -> Result:
    """Success of a model on `N` problems."""
    share = solved / N
    told = {"k": k, "feedback": "none", "profile": "recorded", "mode": "independent"} | condition
    error = sqrt(share * (1 - share) / N)
    return Result("mint", model, dataset, "test", "success_rate", share, N, told, error, 3)


def figures(models: list[str], fed: bool = True) -> list[Result]:
    """Rates for k = 1 … 5 and of a task, slopes, failures; with feedback, the first model gains 20 points."""
    results = []
    for place, model in enumerate(models):
        best = 30 - place * 20 // len(models)
        results += [rate(model, best - 2 * (5 - k), k) for k in range(1, 6)]
        results.append(rate(model, best // 2, dataset="gsm8k"))
        told = {"k": 5, "feedback": "none", "profile": "recorded", "mode": "independent"}
        slope = told | {"r2": 0.91}
        results.append(Result("mint", model, "all", "test", "tool_slope", 5.0, N, slope, 0.5))
        for kind in ("wrong_answer", "out_of_turns", "invalid_action", "execution_error"):
            results.append(
                Result("mint", model, "all", "test", "failure_rate", 0.1, N, told | {"kind": kind}, 0.05)
            )
        for name in ("turns", "proposals", "invalid_turns", "leaks"):
            results.append(Result("mint", model, "all", "test", f"{name}_per_problem", 0.5, N, told, 0.1))
    if fed:
        setting = {"feedback": "expert", "form": "textual", "with_reference": False}
        results.append(rate(models[0], 38, **setting))
        delta = {"k": 5, "profile": "recorded", "gained": 10, "lost": 2, "mcnemar_p": 0.0386} | setting
        results.append(Result("mint", models[0], "all", "test", "feedback_delta", 20.0, N, delta, 7.0))
    return results


def turn(reply: str = "I run it.", kind: str = "execute", **more: Any) -> dict[str, Any]:
    """One turn, as `runs.jsonl` holds it."""
    plain = {
        "action": "print(1)",
        "observation": "1\n",
        "status": "ok",
        "solved": False,
        "verdict": None,
        "feedback": None,
    }
    return {"reply": reply, "kind": kind} | plain | more


def run(number: int = 0, solved_at: int | None = None, text: str = "calm", **more: Any) -> dict[str, Any]:
    """A run of two turns in which every text is `text`."""
    feedback = {"raw": f"raw {text}", "shown": text, "leaked": True, "readable": True}
    verdict = {"correct": solved_at == 2, "extracted": text, "rule": text, "status": "ok"}
    turns = [
        turn(reply=text, action=text, observation=text, feedback=feedback),
        turn(
            reply=text, kind="solution", action=text, observation=text, verdict=verdict, solved=solved_at == 2
        ),
    ]
    setting = {"max_turns": 5, "feedback": text, "form": "textual", "with_reference": False}
    row = {
        "run": {"model": text, "setting": setting, "task": "gsm8k", "task_id": f"{number}", "solved_at": solved_at,
                "failure": None if solved_at else "wrong_answer", "error": "", "leaks": 1, "unreadable": 0},
        "instance": {"task": "gsm8k", "id": f"{number}", "prompt": text, "reference": text, "metadata": {}},
        "episode": {"opening": [], "turns": turns, "error": ""},
    }  # fmt: skip
    return row | more


def live_folder(folder: Path, runs: list[dict[str, Any]] | None = None, **settings: Any) -> Path:
    """The folder of a live run."""
    folder.mkdir(parents=True)
    chosen = {"model": "m", "turns": 5, "proposals": 2, "tasks": ["gsm8k"], "limit": None} | settings
    record = {"system": "mint", "command": ["windward", "eval", "mint"], "settings": chosen, "seed": 7}
    (folder / "run.json").write_text(json.dumps(record))
    write_results(folder / "results.parquet", figures(["m"], fed=False))
    lines = [json.dumps(row) for row in (runs if runs is not None else [run(0), run(1, 2)])]
    (folder / "runs.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def replay_folder(folder: Path, models: list[str], trusted: bool = False) -> Path:
    """The folder of a replay."""
    folder.mkdir(parents=True)
    settings = {"what": "replay", "trust_recorded": trusted, "models": models, "tasks": ["gsm8k"]}
    (folder / "run.json").write_text(json.dumps({"system": "mint", "settings": settings, "seed": None}))
    write_results(folder / "results.parquet", figures(models))
    return folder


def disagreement(rule: str, recorded: bool, strict: bool | None, answer: str = "41") -> dict[str, Any]:
    """A row of `disagreements.parquet`, as the strict profile gives it."""
    return {
        "model": "m", "feedback": "none", "form": "", "task": "gsm8k", "task_id": "3", "reference": "42",
        "answer": answer, "with_reference": False, "max_turns": 5, "turn": 2, "recorded": recorded,
        "strict": strict, "strict_rule": rule, "strict_status": "ok",
    }  # fmt: skip


def write_disagreements(folder: Path, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), folder / "disagreements.parquet")
