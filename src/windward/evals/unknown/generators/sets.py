"""A set on disk: questions in two halves, each row with what it was made from and the question it is matched with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import read_rows
from windward.evals.unknown.records import SPLITS, Question, question_key, questions

COLUMNS = (
    "dataset", "split", "id", "question", "references", "category", "template", "pair", "seed"
)  # fmt: skip
"""Of a file of a set, JSONL or Parquet."""


@dataclass(frozen=True)
class Match:
    """Two questions that belong together.

    Attributes:
        answerable: the one that has an answer.
        unanswerable: the one that has none.
        references: right answers to the first, aliases of each other; empty where none are given.
        category: what both are about; "" for none.
        template: what both were written from, with a gap where they differ; "" for none.
    """

    answerable: str
    unanswerable: str
    references: tuple[str, ...] = ()
    category: str = ""
    template: str = ""


@dataclass(frozen=True)
class SetRow:
    """A question of a set and where it came from.

    Attributes:
        question: the question.
        template: what it was written from, with a gap; "" for none.
        pair: id of the question of the other half that it is matched with; "" for none.
        seed: of the draws that made it; None where nothing was drawn.
    """

    question: Question
    template: str = ""
    pair: str = ""
    seed: int | None = None


def rows_of_matches(dataset: str, matches: Sequence[Match], seed: int | None) -> list[SetRow]:
    """The rows of a set: the answerable half, then the unanswerable one, both in the order given.

    Raises:
        DataError: a question comes twice.
    """
    texts = [text for match in matches for text in (match.answerable, match.unanswerable)]
    again = [text for text, times in Counter(map(question_key, texts)).items() if times > 1]
    if again:
        raise DataError(f"{dataset}: the question {again[0]!r} comes twice; each may be in a set once")
    answerable = questions(dataset, "answerable", [(one.answerable, one.references, one.category) for one in matches])  # fmt: skip
    unanswerable = questions(dataset, "unanswerable", [(one.unanswerable, (), one.category) for one in matches])  # fmt: skip
    halves = ((answerable, unanswerable), (unanswerable, answerable))
    return [
        SetRow(mine, match.template, other.id, seed)
        for own, others in halves
        for mine, other, match in zip(own, others, matches, strict=True)
    ]


def check_name(path: str | Path) -> Path:
    """The file that a set is to be written to.

    Raises:
        DataError: its name ends in neither `.jsonl` nor `.parquet`.
    """
    target = Path(path)
    if target.suffix not in (".jsonl", ".parquet"):
        raise DataError(f"{target}: a set is written to a name that ends in .jsonl or .parquet")
    return target


def write_set(path: str | Path, rows: Sequence[SetRow]) -> Path:
    """Writes a set, whole or not at all: Parquet where the name ends so, else JSONL.

    Raises:
        DataError: the name ends in neither `.jsonl` nor `.parquet`.
    """
    target = check_name(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(target.suffix + ".part")
    plain = [_plain(row) for row in rows]
    if target.suffix == ".jsonl":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in plain)
        temporary.write_text(text, encoding="utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {"references": pa.list_(pa.string()), "seed": pa.int64()}
        schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
        pq.write_table(pa.Table.from_pylist(plain, schema=schema), temporary)
    temporary.replace(target)
    return target


def read_set(path: str | Path) -> list[Question]:
    """The questions of a set, in their order; see `read_set_rows` for what they were made from.

    Raises:
        DataError: the file cannot be read or is no set.
    """
    return [row.question for row in read_set_rows(path)]


def read_set_rows(path: str | Path) -> list[SetRow]:
    """The rows of a set: `dataset`, `split` and `question` are needed, all else may be left out.

    A row without an id gets one; ids must be unique, and `pair` must name a row of the other half.

    Raises:
        DataError: the file cannot be read or is no set.
    """
    source = Path(path)
    rows = _with_ids([_row(plain, f"{source}, row {number}") for number, plain in enumerate(read_rows(source), start=1)])  # fmt: skip
    by_id = {row.question.id: row for row in rows}
    if len(by_id) < len(rows):
        twice = Counter(row.question.id for row in rows).most_common(1)[0][0]
        raise DataError(f"{source}: the id {twice!r} comes twice; give each row its own, or none")
    for row in rows:
        other = by_id.get(row.pair)
        if row.pair and (other is None or other.question.split == row.question.split):
            raise DataError(f"{source}: {row.question.id!r} is matched with {row.pair!r}, which is no row of the other half")  # fmt: skip
    return rows


def _plain(row: SetRow) -> dict[str, Any]:
    one = row.question
    values = (
        one.dataset, one.split, one.id, one.text, list(one.references), one.category, row.template, row.pair, row.seed
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _row(plain: dict[str, Any], where: str) -> SetRow:
    for name in ("dataset", "split", "question"):
        if not isinstance(plain.get(name), str) or not plain[name].strip():
            raise DataError(f"{where}: {name!r} is {plain.get(name)!r}; it must be a text that is not empty")
    if plain["split"] not in SPLITS:
        raise DataError(f"{where}: 'split' is {plain['split']!r}; it must be answerable or unanswerable")
    given = plain.get("references")
    references = [] if given is None else given
    if not isinstance(references, list) or not all(isinstance(one, str) for one in references):
        raise DataError(f"{where}: 'references' is {given!r}; it must be a list of texts")
    texts = {name: plain.get(name) or "" for name in ("id", "category", "template", "pair")}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise DataError(f"{where}: {name!r} is {text!r}; it must be a text, or be left out")
    seed = plain.get("seed")
    if seed is not None and not isinstance(seed, int):
        raise DataError(f"{where}: 'seed' is {seed!r}; it must be a whole number, or be left out")
    question = Question(texts["id"], plain["dataset"], plain["split"], plain["question"], tuple(references), texts["category"])  # fmt: skip
    return SetRow(question, texts["template"], texts["pair"], seed)


def _with_ids(rows: list[SetRow]) -> list[SetRow]:
    """Rows that had no id get the one that `questions` gives."""
    lacking: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(rows):
        if not row.question.id:
            lacking.setdefault((row.question.dataset, row.question.split), []).append(number)
    for numbers in lacking.values():
        old = [rows[number].question for number in numbers]
        new = questions(old[0].dataset, old[0].split, [(one.text, one.references, one.category) for one in old])  # fmt: skip
        for number, question in zip(numbers, new, strict=True):
            rows[number] = SetRow(question, rows[number].template, rows[number].pair, rows[number].seed)
    return rows
