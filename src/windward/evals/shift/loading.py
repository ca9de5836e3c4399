"""The examples of a split of a dataset, from files or the hub, with a count of every row that is not among them."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from windward.evals.shift.places import Part, files_of, parts_of
from windward.evals.shift.prepared import prepared_rows
from windward.evals.shift.records import Row, hub_rows, read_rows
from windward.evals.shift.spoken import letters
from windward.evals.shift.task import Dataset, Example, ShiftError
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

BETWEEN, EMPTY, UNREADABLE = "between classes", "empty text", "unreadable"
CAPPED, LIMITED = "over the cap", "beyond the limit"


@dataclass(frozen=True)
class Loaded:
    """A split.

    Attributes:
        dataset: its name.
        split: which.
        examples: in the order of the files; the ids are unique in the dataset.
        dropped: rows that are not among them, by reason: `between classes` (or without a class), `empty text` (or no answer),
            `unreadable`, `over the cap`, `beyond the limit`.
        unreadable: where and why the first row that could not be read could not; "" where there is none.
    """

    dataset: str
    split: str
    examples: tuple[Example, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    unreadable: str = ""

    @property
    def labelled(self) -> list[Labelled]:
        """The examples of a classification."""
        return [one for one in self.examples if isinstance(one, Labelled) or self._strange(one)]

    @property
    def tagged(self) -> list[Tagged]:
        """The examples of a tagging."""
        return [one for one in self.examples if isinstance(one, Tagged) or self._strange(one)]

    @property
    def questions(self) -> list[Question]:
        """The questions."""
        return [one for one in self.examples if isinstance(one, Question) or self._strange(one)]

    def _strange(self, one: Example) -> Literal[False]:
        raise ShiftError(f"{self.dataset} holds {type(one).__name__} rows, of another kind than asked for")


class _Rows(NamedTuple):
    """Rows of a file or of the hub, which can be read again, and what their ids begin with."""

    read: Callable[[], Iterator[Row]]
    prefix: str


class _Ready(NamedTuple):
    """Examples that were prepared: nothing is to be cut from them."""

    examples: list[Example]


class _Entry(NamedTuple):
    """A row on its way: its example, or the reason why there is none."""

    id: str
    example: Example | None
    reason: str = ""
    problem: str = ""


class _Kept:
    """All examples, or with a cap a uniform draw of so many of each class, in one pass (Vitter 1985, algorithm R)."""

    def __init__(self, cap: int | None, chance: random.Random) -> None:
        self._cap, self._chance = cap, chance
        self._seen: Counter[int] = Counter()
        self._classes: dict[int, list[tuple[int, Example]]] = {}

    def add(self, example: Example) -> None:
        label = example.label if isinstance(example, Labelled) else 0
        place = self._seen.total()
        drawn = self._classes.setdefault(label, [])
        self._seen[label] += 1
        if self._cap is None or len(drawn) < self._cap:
            drawn.append((place, example))
            return
        at = self._chance.randrange(self._seen[label])
        if at < self._cap:
            drawn[at] = (place, example)

    @property
    def examples(self) -> list[Example]:
        found = (one for drawn in self._classes.values() for one in drawn)
        return [example for _, example in sorted(found, key=lambda one: one[0])]

    @property
    def left_out(self) -> int:
        return self._seen.total() - sum(map(len, self._classes.values()))


def load(
    dataset: Dataset, split: str, *, local: Path | None = None, seed: int = 0, limit: int | None = None
) -> Loaded:
    """The examples of a split.

    A split is a name of the set's own, several joined by `+`, or a share `name[from:to]` in per cent: then the distinct texts
    are shuffled by the seed and cut, so that the same text is never in two shares, whatever its case, punctuation and spacing. A cap holds in `train` and draws by the seed
    (the release's is the size of the largest class for most sets, and so does nothing).

    Args:
        dataset: which.
        split: `train`, `dev`, `test`, or another one that the dataset declares.
        local: a file of this split (of all splits, where these are shares and its name is not this split's), or a folder whose
            files name their splits, see `places.files_of`; without it, the dataset is looked for in `shift/` of the folder that
            WINDWARD_DATA names, and then on the hub.
        seed: of shares, cap and limit.
        limit: examples at most, drawn by the seed.

    Raises:
        ShiftError: there is no such split, it is nowhere, none of its rows can be read, or the limit is below 1; says what to do.
    """
    if limit is not None and limit < 1:
        raise ShiftError(f"{dataset.name}, {split}: a limit is at least 1, not {limit}")
    parts = parts_of(dataset, split)
    sources, is_whole = _sources(dataset, parts, split, local)
    within: set[int] | None = None
    if parts[0].is_share and not is_whole:
        within = _share(
            (_key(entry) for entry in _entries(dataset, sources)), parts[0], f"{seed} {dataset.name}"
        )
    chance = random.Random(f"{seed} {dataset.name} {split}")
    kept = _Kept(dataset.cap if split == "train" else None, chance)
    dropped: Counter[str] = Counter()
    unreadable = ""
    for entry in _entries(dataset, sources):
        if within is not None and _key(entry) not in within:
            continue
        if entry.example is None:
            dropped[entry.reason] += 1
            unreadable = unreadable or entry.problem
        else:
            kept.add(entry.example)
    examples = kept.examples
    if not examples:
        told = f"; {unreadable}" if unreadable else ""
        raise ShiftError(f"{dataset.name}, {split}: no row has a part in the task ({_told(dropped)}{told})")
    if kept.left_out:
        dropped[CAPPED] = kept.left_out
    if limit is not None and limit < len(examples):
        dropped[LIMITED] = len(examples) - limit
        examples = [examples[at] for at in sorted(chance.sample(range(len(examples)), limit))]
    return Loaded(dataset.name, split, tuple(examples), dict(dropped), unreadable)


def _sources(
    dataset: Dataset, parts: Sequence[Part], split: str, local: Path | None
) -> tuple[list[_Rows | _Ready], bool]:
    """What is read, and whether it is the split as it stands, from which no share is to be cut."""
    found = files_of(dataset, parts, split, local)
    if found is None:
        return [_from_hub(dataset, part) for part in parts], False
    sources: list[_Rows | _Ready] = []
    for file, prefix in found.files:
        ready = prepared_rows(file)
        sources.append(_Rows(partial(read_rows, file), prefix) if ready is None else _Ready(ready))
    return sources, found.is_whole or any(isinstance(source, _Ready) for source in sources)


def _from_hub(dataset: Dataset, part: Part) -> _Rows:
    name = f"{dataset.hub.partition(':')[0]}:{part.config}" if part.config else dataset.hub

    def rows() -> Iterator[Row]:
        try:
            yield from hub_rows(name, part.split)
        except ShiftError as error:
            raise ShiftError(f"{error} ({dataset.note})" if dataset.note else str(error)) from error

    return _Rows(rows, f"{part.config}-{part.split}" if part.config else part.split)


def _entries(dataset: Dataset, sources: Sequence[_Rows | _Ready]) -> Iterator[_Entry]:
    """Every row of all sources. They are read anew each time, so that a large set is never in memory whole."""
    for source in sources:
        if isinstance(source, _Ready):
            yield from (_Entry(one.id, one) for one in source.examples)
            continue
        for number, row in enumerate(source.read(), 1):
            yield _entry(dataset, row, f"{source.prefix}-{number}")


def _entry(dataset: Dataset, row: Row, id: str) -> _Entry:
    problem = row.problem
    example = None
    if row.record is not None:
        try:
            example = dataset.example(id, row.record)
        except KeyError as error:
            problem = f"no {error}"
        except (ValueError, TypeError, IndexError, AttributeError) as error:  # ShiftError is a ValueError
            problem = str(error) or repr(error)
    if problem:
        return _Entry(id, None, UNREADABLE, f"{row.where}: {problem}")
    if example is None:
        return _Entry(id, None, BETWEEN)
    return _Entry(id, None, EMPTY) if _is_empty(example) else _Entry(id, example)


def _share(keys: Iterable[int], part: Part, seed: str) -> set[int]:
    distinct = list(dict.fromkeys(keys))
    random.Random(seed).shuffle(distinct)
    start, end = (round(len(distinct) * bound / 100) for bound in (part.low, part.high))
    return set(distinct[start:end])


def _key(entry: _Entry) -> int:
    """The same for rows with the same letters, which the guard against overlap takes for one: these stay in one share."""
    said = entry.id if entry.example is None else "\n".join(map(letters, _texts(entry.example)))
    return int.from_bytes(hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _is_empty(example: Example) -> bool:
    if isinstance(example, Labelled):
        return not example.text.strip()
    if isinstance(example, Tagged):
        return not any(word.strip() for word in example.words)
    return not (example.context.strip() and example.question.strip() and example.answers)


def _texts(example: Example) -> tuple[str, str]:
    if isinstance(example, Labelled):
        return example.text, example.second
    return (
        (" ".join(example.words), "") if isinstance(example, Tagged) else (example.context, example.question)
    )


def _told(dropped: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{count} {reason}" for reason, count in dropped.items())
        or "the file is empty, or too small for the share"
    )
