"""False premises, as FalseQA has them: a question that rests on something true, and its smallest edit that does not."""

from __future__ import annotations

from pathlib import Path

from windward.evals.data import DataError
from windward.evals.reasoning.files import read_rows
from windward.evals.unknown.generators.sets import Match, SetRow, rows_of_matches

DATASET = "false-premise"


def premise_set(path: str | Path, dataset: str = DATASET) -> list[SetRow]:
    """A set of pairs that were written by hand: rows with `true` and `false`, and perhaps `references`, `category`.

    Args:
        path: JSONL or Parquet.
        dataset: name of the set.

    Raises:
        DataError: the file cannot be read, or a row lacks one of the two.
    """
    matches = []
    for number, row in enumerate(read_rows(Path(path)), start=1):
        for name in ("true", "false"):
            if not isinstance(row.get(name), str) or not row[name].strip():
                raise DataError(
                    f"{path}, row {number}: {name!r} is {row.get(name)!r}; it must hold a question"
                )
        references = tuple(map(str, row.get("references") or ()))
        matches.append(Match(row["true"], row["false"], references, str(row.get("category") or "")))
    return rows_of_matches(dataset, matches, None)
