"""The examples of a split of a dataset, from files or the hub, with a count of every row that is not among them."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from windward.evals.shift.prepared import prepared_rows
from windward.evals.shift.records import SUFFIXES, Row, hub_rows, read_rows
from windward.evals.shift.task import Dataset, Example, Record, ShiftError
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


class _Entry(NamedTuple):
    """A row on its way: its example, or the reason why there is none; rows of one key stay together in one share."""

    key: str
    example: Example | None
    reason: str


def load(
    dataset: Dataset, split: str, *, local: Path | None = None, seed: int = 0, limit: int | None = None
) -> Loaded:
    """The examples of a split.

    A split is a name of the set's own, several joined by `+`, or a share `name[from:to]` in per cent: then the distinct texts
    are shuffled by the seed and cut, so that the same text is never in two shares. A cap holds in `train` and draws by the seed
    (in the release it does nothing for most sets: it is the largest class).

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
    entries, unreadable, cut = _entries(dataset, parts, split, local)
    if cut and parts[0].is_share:
        entries = _share(entries, parts[0], f"{seed} {dataset.name}")
    dropped = Counter(entry.reason for entry in entries if entry.example is None)
    examples = [entry.example for entry in entries if entry.example is not None]
    if not examples:
        told = f"; {unreadable}" if unreadable else ""
        raise ShiftError(f"{dataset.name}, {split}: no row has a part in the task ({_told(dropped)}{told})")
    chance = random.Random(f"{seed} {dataset.name} {split}")
    if dataset.cap is not None and split == "train":
        examples = _drop(examples, _capped(examples, dataset.cap, chance), dropped, CAPPED)
    if limit is not None and limit < len(examples):
        kept = sorted(chance.sample(range(len(examples)), limit))
        examples = _drop(examples, kept, dropped, LIMITED)
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


def _entries(
    dataset: Dataset, parts: Sequence[_Part], split: str, local: Path | None
) -> tuple[list[_Entry], str, bool]:
    """The rows of all parts, the first that cannot be read, and whether a share is still to be cut from them."""
    files = _files(dataset, parts, split, local)
    entries: list[_Entry] = []
    unreadable = ""
    cut = True
    if files is None:
        for part in parts:
            name = dataset.hub if not part.config else f"{dataset.hub.partition(':')[0]}:{part.config}"
            prefix = f"{part.config}-{part.split}" if part.config else part.split
            unreadable = _read(dataset, hub_rows(name, part.split), prefix, entries, unreadable)
        return entries, unreadable, cut
    for file, prefix in files:
        ready = prepared_rows(file)
        if ready is None:
            unreadable = _read(dataset, read_rows(file), prefix, entries, unreadable)
        else:
            cut = False
            entries += [_Entry(one.id, one, "") for one in ready]
    return entries, unreadable, cut


def _read(dataset: Dataset, rows: Iterator[Row], prefix: str, entries: list[_Entry], unreadable: str) -> str:
    for number, row in enumerate(rows, 1):
        problem = row.problem
        example = None
        if row.record is not None:
            try:
                example = dataset.example(f"{prefix}-{number}", row.record)
            except KeyError as error:
                problem = f"no {error}"
            except (ValueError, TypeError, IndexError, AttributeError) as error:  # ShiftError is a ValueError
                problem = str(error) or repr(error)
        if problem:
            unreadable = unreadable or f"{row.where}: {problem}"
            entries.append(_Entry(row.where, None, UNREADABLE))
        elif example is None:
            entries.append(_Entry(_key_of(row.record), None, BETWEEN))
        elif _is_empty(example):
            entries.append(_Entry(row.where, None, EMPTY))
        else:
            entries.append(_Entry(_content(example), example, ""))
    return unreadable


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


def _share(entries: Sequence[_Entry], part: _Part, seed: str) -> list[_Entry]:
    keys = list(dict.fromkeys(entry.key for entry in entries))
    random.Random(seed).shuffle(keys)
    within = set(keys[round(len(keys) * part.low / 100) : round(len(keys) * part.high / 100)])
    return [entry for entry in entries if entry.key in within]


def _capped(examples: Sequence[Example], cap: int, chance: random.Random) -> list[int]:
    classes: dict[int, list[int]] = {}
    for at, one in enumerate(examples):
        if isinstance(one, Labelled):
            classes.setdefault(one.label, []).append(at)
    kept: list[int] = []
    for label in sorted(classes):
        kept += chance.sample(classes[label], min(cap, len(classes[label])))
    return sorted(kept)


def _drop(
    examples: Sequence[Example], kept: Sequence[int], dropped: Counter[str], reason: str
) -> list[Example]:
    if len(kept) < len(examples):
        dropped[reason] += len(examples) - len(kept)
    return [examples[at] for at in kept]


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


def _key_of(record: Record | None) -> str:
    return json.dumps(record, sort_keys=True, default=str)


def _told(dropped: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{count} {reason}" for reason, count in dropped.items())
        or "the file is empty, or too small for the share"
    )
