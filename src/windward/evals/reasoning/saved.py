"""`windward eval grade`: judges replies that were saved elsewhere, without any model."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import claim
from windward.evals.reasoning.answers import answer_from_dict, answer_of, as_dict
from windward.evals.reasoning.figures import SYSTEM, results_of
from windward.evals.reasoning.files import data_folder
from windward.evals.reasoning.grade import grade_item
from windward.evals.reasoning.items import Item, Mode, benchmark_of
from windward.evals.reasoning.live import GRADING, PROTOCOL, digest, finish
from windward.evals.reasoning.load import load_items
from windward.grading.policies import Policy
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, run, run_rows, values


def read_saved(path: Path) -> dict[str, str]:
    """Replies by the id of their item.

    Raises:
        DataError: the file is not there, a line is no `{"id": …, "response": …}`, or an id comes twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, response = str(row["id"]), row["response"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f'{path}, line {number}: expected {{"id": …, "response": …}} ({type(error).__name__}: {error})'
            ) from error
        if not isinstance(response, str):
            raise DataError(f"{path}, line {number}: the response is {type(response).__name__}, not text")
        if name in found:
            raise DataError(f"{path}, line {number}: a second reply to {name!r}; there must be one an item")
        found[name] = response
    if not found:
        raise DataError(f"{path} holds no replies")
    return found


def grade_saved(
    saved: str | Path,
    benchmark: str,
    out: str | Path,
    *,
    mode: Mode = "cot",
    policies: Sequence[Policy] = ("strict",),
    data: str | Path | None = None,
    source: str | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Judges saved replies; writes what a live run writes into `out`. Each is matched to its item by id alone.

    Args:
        saved: file of `{"id": …, "response": …}`, one a line, in any order.
        benchmark: what the replies answer.
        out: folder of the result: new, empty, or of the same replies.
        mode: of maths, `cot` or `pot`; others have one.
        policies: by whose rules.
        data: folder of the problems; None is `reasoning/` in the folder that `WINDWARD_DATA` names.
        source: a file, folder or hub data set with the problems.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table. Its denominator is the replies; the condition's `of` says how many items there are.

    Raises:
        DataError: replies or problems are not there, are malformed, or do not belong together.
        FolderError: `out` holds something else.
    """
    about = benchmark_of(benchmark)
    mode = mode if mode in about.modes else about.modes[0]
    responses, folder = read_saved(Path(saved)), Path(out)
    items = {item.id: item for item in load_items(benchmark, data_folder(data), source)}
    unknown = [name for name in responses if name not in items]
    if unknown:
        raise DataError(
            f"{saved}: {len(unknown)} ids are none of {about.title} (the first: {unknown[0]!r}; its ids look like "
            f"{next(iter(items))!r})"
        )
    settings = {
        "model": Path(saved).name,
        "benchmark": benchmark,
        "mode": mode,
        "policies": list(policies),
        "protocol": PROTOCOL,
        "replies": hashlib.sha256(json.dumps(responses, sort_keys=True).encode()).hexdigest()[:16],
        "items": digest([asdict(item) for item in items.values()]),
    }
    Interpreter().close()  # what is missing on this machine is said at once, and not by each item
    claim(SYSTEM, folder, settings, command)
    if len(responses) < len(items):
        tell(f"{len(items) - len(responses)} of {len(items)} items have no reply and are left out")
    rows = [{"id": name, "response": responses[name]} for name in items if name in responses]
    found = _graded(folder, rows, items, mode, policies)
    answers = [answer_from_dict(value) for value in found]
    told = {"preset": "saved", "temperature": None, "top_p": None, "max_tokens": None, "seed": None}
    results = results_of(answers, model=Path(saved).name, condition=told, whole=len(items))
    for policy in policies:
        tell(
            f"{about.title}, {mode}, {policy}: {sum(one.correct(policy) for one in answers)} of {len(answers)} right"
        )
    return finish(folder, answers, results, tell)


def _graded(
    folder: Path,
    rows: Sequence[dict[str, str]],
    items: Mapping[str, Item],
    mode: Mode,
    policies: Sequence[Policy],
) -> list[dict[str, Any]]:
    places = asyncio.Semaphore(GRADING)

    async def judge(row: dict[str, str]) -> dict[str, Any]:
        item = items[row["id"]]
        async with places:
            graded = await asyncio.to_thread(grade_item, item, mode, row["response"], policies)
        return as_dict(answer_of(item, mode, row["response"], graded, finish="saved"))

    with Journal(folder / FILE_NAME) as journal:
        version = f"{PROTOCOL} {'+'.join(policies)}"
        outcomes = run(
            run_rows(judge, rows, journal=journal, stage=f"grade, {mode}", key="id", version=version)
        )
    return values(outcomes, "replies")
