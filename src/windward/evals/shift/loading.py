"""The examples of a split of a dataset, from files or the hub, with a count of every row that is not among them."""

from __future__ import annotations

import hashlib
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from windward.evals.shift.prepared import prepared_rows
from windward.evals.shift.records import SUFFIXES, Row, hub_rows, read_rows
from windward.evals.shift.task import Dataset, Example, ShiftError
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

BETWEEN, EMPTY, UNREADABLE = "between classes", "empty text", "unreadable"
CAPPED, LIMITED = "over the cap", "beyond the limit"
FOLDER = "shift"
"""Part of the folder that WINDWARD_DATA names in which datasets are looked for."""
_PART = re.compile(r"(?:(?P<config>[^:\[\]]+):)?(?P<split>[^:\[\]]+)(?:\[(?P<low>\d+):(?P<high>\d+)\])?")
_WORDS = {"validation": "(?:validation|valid|val|dev)", "dev": "(?:dev|valid|val|validation)"}
_ALL = "all"


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


class _Part(NamedTuple):
    config: str
    split: str
    low: int
    high: int

    @property
    def is_share(self) -> bool:
        return (self.low, self.high) != (0, 100)


class _Rows(NamedTuple):
    """Rows of a file or of the hub, which can be read again, and what their ids begin with."""

    read: Callable[[], Iterator[Row]]
    prefix: str


class _Ready(NamedTuple):
    """Examples that were prepared: nothing is to be cut from them."""

    examples: list[Example]


class _Entry(NamedTuple):
    """A row on its way: its example, or the reason why there is none; rows of one key stay together in one share."""

    key: int
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
    are shuffled by the seed and cut, so that the same text is never in two shares. A cap holds in `train` and draws by the seed
    (the release's is the size of the largest class for most sets, and so does nothing).

    Args:
        dataset: which.
        split: `train`, `dev`, `test`, or another one that the dataset declares.
        local: a file of this split (of all splits, where these are shares), or a folder whose files name their splits; without
            it, the dataset is looked for in `shift/` of the folder that WINDWARD_DATA names, and then on the hub.
        seed: of shares, cap and limit.
        limit: examples at most, drawn by the seed.

    Raises:
        ShiftError: there is no such split, it is nowhere, or none of its rows can be read; says what to do.
    """
    parts = _parts(dataset, split)
    sources = _sources(dataset, parts, split, local)
    within: set[int] | None = None
    if parts[0].is_share and not any(isinstance(source, _Ready) for source in sources):
        within = _share(
            (entry.key for entry in _entries(dataset, sources)), parts[0], f"{seed} {dataset.name}"
        )
    chance = random.Random(f"{seed} {dataset.name} {split}")
    kept = _Kept(dataset.cap if split == "train" else None, chance)
    dropped: Counter[str] = Counter()
    unreadable = ""
    for entry in _entries(dataset, sources):
        if within is not None and entry.key not in within:
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


def _parts(dataset: Dataset, split: str) -> list[_Part]:
    if split not in dataset.splits:
        raise ShiftError(
            f"{dataset.name} has no split called {split!r}; it has {', '.join(dataset.splits)}"
            + (f" ({dataset.note})" if dataset.note else "")
        )
    parts: list[_Part] = []
    for name in dataset.splits[split].split("+"):
        match = _PART.fullmatch(name)
        if match is None:
            raise ShiftError(
                f"{dataset.name}: {name!r} is no split: write name, config:name or name[from:to]"
            )
        low, high = int(match["low"] or 0), int(match["high"] or 100)
        if not 0 <= low < high <= 100:
            raise ShiftError(
                f"{dataset.name}: {name!r} is no share: from and to are per cent, the first less"
            )
        parts.append(_Part(match["config"] or "", match["split"], low, high))
    if len(parts) > 1 and any(part.is_share for part in parts):
        raise ShiftError(f"{dataset.name}: {dataset.splits[split]!r} joins a share; a share stands alone")
    return parts


def _sources(
    dataset: Dataset, parts: Sequence[_Part], split: str, local: Path | None
) -> list[_Rows | _Ready]:
    files = _files(dataset, parts, split, local)
    if files is None:
        return [_from_hub(dataset, part) for part in parts]
    found: list[_Rows | _Ready] = []
    for file, prefix in files:
        ready = prepared_rows(file)
        found.append(_Rows(partial(read_rows, file), prefix) if ready is None else _Ready(ready))
    return found


def _from_hub(dataset: Dataset, part: _Part) -> _Rows:
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
            yield from (_Entry(0, one) for one in source.examples)
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
        return _Entry(_digest(id), None, UNREADABLE, f"{row.where}: {problem}")
    if example is None:
        return _Entry(_digest(id), None, BETWEEN)
    if _is_empty(example):
        return _Entry(_digest(id), None, EMPTY)
    return _Entry(_digest(_content(example)), example)


def _files(
    dataset: Dataset, parts: Sequence[_Part], split: str, local: Path | None
) -> list[tuple[Path, str]] | None:
    """The files of a split, each with what its ids begin with; None where it must come from the hub."""
    if local is None:
        local = _at_home(dataset, parts)
    if local is None and dataset.hub:
        return None
    if local is None:
        raise ShiftError(
            f"{dataset.name} is not on the hub: give a file or folder with --local {dataset.name}=PATH, or put it in "
            f"{FOLDER}/{dataset.name} of the folder that WINDWARD_DATA names. It is {dataset.note or 'the user’s own'}"
        )
    if local.is_file():
        return [(local, _name(local))]
    if not local.is_dir():
        raise ShiftError(f"{dataset.name}: there is no {local}")
    found = _within(local, parts, split)
    if not found:
        there = ", ".join(str(file.relative_to(local)) for file in _data_files(local)) or "no data file"
        raise ShiftError(
            f"{dataset.name}: {local} has no file of {split}: call it {split}.jsonl (or .csv, .tsv, .txt, .json, .parquet), or "
            f"after {' and '.join(part.split for part in parts)}; there is {there}"
        )
    return [(file, _stem(file.relative_to(local)).replace("/", "-")) for file in found]


def _at_home(dataset: Dataset, parts: Sequence[_Part]) -> Path | None:
    home = os.environ.get("WINDWARD_DATA")
    if not home:
        return None
    folder = Path(home) / FOLDER
    if (folder / dataset.name).is_dir():
        return folder / dataset.name
    named = [file for file in _data_files(folder, deep=False) if _name(file) in {p.split for p in parts}]
    # A name like `train` says nothing of a dataset: only files that are called as the set's own are its.
    own = [file for file in named if _name(file) not in ("train", "dev", "test", "validation", _ALL)]
    return folder if own else None


def _within(folder: Path, parts: Sequence[_Part], split: str) -> list[Path]:
    """Files called after the split; else those of each part by its name; else those that name the split or a folder of it."""
    files = _data_files(folder)
    called = [file for file in files if file.parent == folder and _name(file) == split]
    if called:
        return called
    by_part = [
        [file for file in files if _stem(file.relative_to(folder)) == part.split]
        or [file for file in files if _names(file.relative_to(folder), part.split)]
        for part in parts
    ]
    if all(by_part):
        return list(dict.fromkeys(file for some in by_part for file in some))
    if all(part.split == _ALL for part in parts):
        return files
    return [file for file in files if _names(file.relative_to(folder), split)]


def _names(path: Path, name: str) -> bool:
    """Whether a path holds a name as a word: `twitter-2016test-A` holds test, `contest` does not."""
    pattern = "".join(_WORDS.get(word, re.escape(word)) for word in re.split(r"([a-zA-Z]+)", name))
    return re.search(rf"(?<![a-z]){pattern}(?![a-z])", _stem(path), re.IGNORECASE) is not None


def _data_files(folder: Path, *, deep: bool = True) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in (folder.rglob("*") if deep else folder.iterdir())
        if path.is_file() and Path(path.name.removesuffix(".gz")).suffix in SUFFIXES
    )


def _stem(path: Path) -> str:
    """The path without the ending that says what kind of file it is, with `/` between its folders."""
    return str(Path(path.as_posix().removesuffix(".gz")).with_suffix("").as_posix())


def _name(path: Path) -> str:
    return _stem(Path(path.name))


def _share(keys: Iterable[int], part: _Part, seed: str) -> set[int]:
    distinct = list(dict.fromkeys(keys))
    random.Random(seed).shuffle(distinct)
    start, end = (round(len(distinct) * bound / 100) for bound in (part.low, part.high))
    return set(distinct[start:end])


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _is_empty(example: Example) -> bool:
    if isinstance(example, Labelled):
        return not example.text.strip()
    if isinstance(example, Tagged):
        return not any(word.strip() for word in example.words)
    return not (example.context.strip() and example.question.strip() and example.answers)


def _content(example: Example) -> str:
    """What makes two examples the same, whatever their case and layout."""
    if isinstance(example, Labelled):
        said = f"{example.text}\n{example.second}"
    else:
        said = (
            " ".join(example.words)
            if isinstance(example, Tagged)
            else f"{example.context}\n{example.question}"
        )
    return " ".join(said.casefold().split())


def _told(dropped: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{count} {reason}" for reason, count in dropped.items())
        or "the file is empty, or too small for the share"
    )
