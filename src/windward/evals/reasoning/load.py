"""From a benchmark's rows to items: one small function a benchmark, each from the format that is published."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import FILE, Row, rows_of
from windward.evals.reasoning.items import Benchmark, Item, benchmark_of
from windward.evals.reasoning.signatures import signature
from windward.grading.maths.grade import bare_reference

SHOT = re.compile(r"^Q:\s*(.*?)\nA:\s*(.*?)(?=^Q:|\Z)", re.MULTILINE | re.DOTALL)


def load_items(name: str, folder: Path, source: str | None = None) -> list[Item]:
    """The items of a benchmark, in the order of its file.

    Args:
        name: of the benchmark.
        folder: where its file lies.
        source: a file, folder or hub data set to read instead.

    Raises:
        DataError: there is no such benchmark, its file is not there, or a row is malformed.
    """
    benchmark = benchmark_of(name)
    rows = rows_of(benchmark, folder, source)
    place = Path(source) if source is not None else folder / "bbh"
    try:
        items = list(_READERS[name](benchmark, rows)) if name != "bbh" else list(_bbh(benchmark, rows, place))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"a row of {benchmark.title} is not as published ({type(error).__name__}: {error})"
        ) from error
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"{benchmark.title} has two items {item.id!r}")
        seen.add(item.id)
    return items


def _humaneval(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        meta = {"entry_point": row["entry_point"], "test": row["test"]}
        yield Item(
            row["task_id"], benchmark.name, row["prompt"], row["canonical_solution"], "humaneval", meta
        )


def _mbpp(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        tests = list(row["test_list"])
        meta = {
            "test_list": tests,
            "test_imports": list(row.get("test_imports") or ()),
            "test_setup_code": row.get("test_setup_code") or "",
            "signature": signature(row["code"], tests[0]),
        }
        yield Item(
            str(row["task_id"]), benchmark.name, row.get("prompt") or row["text"], row["code"], "mbpp", meta
        )


def _leetcode(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        meta = {"title": row["title"], "test": row["test"], "group": row["meta"]["difficulty"].lower()}
        yield Item(row["task_id"], benchmark.name, row["prompt"], row.get("solution"), "leetcode", meta)


def _svamp(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        meta = {"program": f"print({row['Equation']})", "group": row["Type"].lower()}
        body = str(row["Body"]).strip()
        asked = (
            f"{body} {row['Question']}"
            if body.endswith((".", ",", "?", "!"))
            else f"{body}. {row['Question']}"
        )
        yield Item(row["ID"], benchmark.name, asked, row["Answer"], "maths", meta)


def _asdiv(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    test = [row for row in rows if row["split"] == "test"]
    for number, row in enumerate(test):
        meta = {"program": row["Output Program"][0]}
        yield Item(f"asdiv-{number}", benchmark.name, row["Input"], row["Output Answer"][0], "maths", meta)


def _gsmplus(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for number, row in enumerate(rows):
        kind = str(row.get("perturbation_type") or "")
        yield Item(
            f"gsmplus-{number}", benchmark.name, row["question"], str(row["answer"]), "maths", {"group": kind}
        )


def _math(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for number, row in enumerate(rows):
        answer = row["answer"] if row.get("answer") is not None else bare_reference(row["solution"])
        subject = str(row.get("type") or row.get("subject") or row.get(FILE) or "").lower()
        name = str(row.get("unique_id") or f"{benchmark.name}-{number}")
        meta = {"group": subject, "level": str(row.get("level") or "")}
        yield Item(name, benchmark.name, row.get("problem") or row["question"], answer, "maths", meta)


def _theoremqa(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        kind = row["Answer_type"]
        group = f"{kind}, needs a picture" if row.get("Picture") else kind
        meta = {"answer_type": kind, "group": group}
        yield Item(row["id"], benchmark.name, row["Question"], row["Answer"], "theorem", meta)


def _ifeval(benchmark: Benchmark, rows: Iterable[Row]) -> Iterable[Item]:
    for row in rows:
        arguments = [{key: value for key, value in one.items() if value is not None} for one in row["kwargs"]]
        meta = {"instructions": list(row["instruction_id_list"]), "kwargs": arguments}
        yield Item(str(row["key"]), benchmark.name, row["prompt"], None, "instructions", meta)


def _bbh(benchmark: Benchmark, rows: Iterable[Row], place: Path) -> Iterable[Item]:
    numbers: dict[str, int] = {}
    shots: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        task = str(row.get("task") or row.get(FILE) or "bbh")
        number = numbers[task] = numbers.get(task, -1) + 1
        if task not in shots:
            shots[task] = _shots(place, task)
        meta = {"group": task, "shots": shots[task]}
        yield Item(f"{task}-{number}", benchmark.name, row["input"], str(row["target"]), "bbh", meta)


def _shots(place: Path, task: str) -> list[tuple[str, str]]:
    """The three worked examples that are published beside the tasks, `cot-prompts/TASK.txt`; none without the file."""
    for folder in (place / "cot-prompts", place.parent / "cot-prompts"):
        path = folder / f"{task}.txt"
        if path.is_file():
            return [
                (asked.strip(), said.strip())
                for asked, said in SHOT.findall(path.read_text(encoding="utf-8"))
            ]
    return []


_READERS: Mapping[str, Callable[[Benchmark, Any], Iterable[Item]]] = {
    "humaneval": _humaneval,
    "mbpp": _mbpp,
    "leetcode": _leetcode,
    "gsmplus": _gsmplus,
    "math": _math,
    "math-numeric": _math,
    "theoremqa": _theoremqa,
    "svamp": _svamp,
    "asdiv": _asdiv,
    "ifeval": _ifeval,
}
