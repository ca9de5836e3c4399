"""Worst examples of a robustness test: what was asked beside what broke the model, the changes marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, table
from windward.reports.run_folder import ReportError, lines_in, need
from windward.reports.run_records import Row
from windward.reports.wording import percent

EXAMPLES = 3
"""Shown of a dimension and mode."""
_COLUMNS = ("owner", "text", "degree", "edits", "probabilities")


@dataclass(frozen=True)
class Broken:
    """A sample that the model has wrong though it has the text right.

    Attributes:
        degree: asked for, the lowest at which this text broke.
        realised: its own.
        original: the text.
        edits: start, end, after.
        label: the right class.
        chosen: the model's.
        probability: that it gave its choice.
        valid: whether it still means the same; None where this was not measured.
    """

    degree: float
    realised: float
    original: str
    edits: tuple[tuple[int, int, str], ...]
    label: str
    chosen: str
    probability: float
    valid: bool | None = None


def examples_section(
    folder: Path,
    classes: Sequence[str],
    curves: Iterable[tuple[str, str]],
    *,
    samples: str = "samples",
    kind: str = "",
) -> list[Html]:
    """For each dimension and mode the texts that broke at the lowest degree, the surest mistakes first; samples that are not valid come last.

    Args:
        folder: of the run.
        classes: their names.
        curves: dimension and mode of each.
        samples: the folder within it that holds the samples.
        kind: what they are, where they are no rule-based samples.
    """
    texts = list(lines_in(folder / "texts.jsonl", _text))
    valid = {} if kind else _valid(folder / "adversarial.parquet")
    parts: list[Html] = []
    for dimension, mode in curves:
        found = list(_broken(folder / samples, dimension, mode, texts, classes, valid))
        shown = sorted(found, key=lambda one: (one.valid is False, one.degree, -one.probability))[:EXAMPLES]
        if shown:
            told = f"{', '.join(filter(None, (dimension, mode, kind)))}: {len(found):,} of {len(texts):,} texts broken"
            parts.append(
                disclosure(
                    told, table(("changed", "what the model says"), map(_row, shown)), opened=not parts
                )
            )
    return parts


def _row(one: Broken) -> tuple[Html, Html]:
    before, after = marked(one.original, one.edits)
    texts = join(tag("p", before, class_="small"), tag("p", after))
    said = tag(
        "p",
        f"{one.chosen} ({percent(one.probability)}), right is {one.label}; degree {one.degree:g}, realised {one.realised:.2f}",
    )
    told = {True: "valid", False: "not valid", None: ""}[one.valid]
    return texts, join(said, tag("p", told, class_="small")) if told else said


def marked(original: str, edits: Sequence[tuple[int, int, str]]) -> tuple[Html, Html]:
    """The original and the changed text, with what differs in marks."""
    before: list[object] = []
    after: list[object] = []
    at = 0
    for start, end, new in edits:
        same = original[at:start]
        before += [same, tag("mark", original[start:end])] if end > start else [same]
        after += [same, tag("mark", new)] if new else [same]
        at = end
    rest = original[at:]
    return join(*before, rest), join(*after, rest)


def _text(row: Row, where: str) -> tuple[str, int]:
    return need(row, "text", str, where), need(row, "label", int, where)


def _broken(
    samples: Path,
    dimension: str,
    mode: str,
    texts: Sequence[tuple[str, int]],
    classes: Sequence[str],
    valid: Mapping[str, bool],
) -> Iterator[Broken]:
    """One a text: its surest mistake at the lowest degree that has one, of samples that are not called invalid if there are any."""
    degrees = {
        float(path.stem.rsplit("-", 1)[1]): path for path in samples.glob(f"{dimension}-{mode}-*.parquet")
    }
    lost: set[int] = set()
    for degree, path in sorted(degrees.items()):
        worst: dict[int, Broken] = {}
        for place, row in enumerate(_rows(path)):
            owner, probabilities = row["owner"], row["probabilities"]
            original, label = texts[owner]
            chosen = max(range(len(probabilities)), key=probabilities.__getitem__)
            if owner in lost or chosen == label:
                continue
            made = tuple((edit["start"], edit["end"], edit["after"]) for edit in row["edits"])
            one = Broken(
                degree,
                row["degree"],
                original,
                made,
                classes[label],
                classes[chosen],
                probabilities[chosen],
                valid.get(f"{path.stem}-{place}"),
            )
            if owner not in worst or _rank(worst[owner]) < _rank(one):
                worst[owner] = one
        lost |= worst.keys()
        if degree > 0:  # what is wrong without a change is no example
            yield from worst.values()


def _rank(one: Broken) -> tuple[bool, float]:
    return one.valid is not False, one.probability


def _valid(path: Path) -> dict[str, bool]:
    """Whether samples that broke the model are valid, by their names; without those of which it is not known."""
    if not path.exists():
        return {}
    try:
        table = pq.read_table(path, columns=["id", "valid"]).to_pydict()
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from error
    return {name: valid for name, valid in zip(table["id"], table["valid"], strict=True) if valid is not None}


def _rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        rows: list[Mapping[str, Any]] = pq.read_table(path, columns=list(_COLUMNS)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from error
    return rows
