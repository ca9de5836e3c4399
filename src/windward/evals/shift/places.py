"""Where the rows of a split are: what its declaration says, and the files that say so by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from windward.evals.shift.records import SUFFIXES
from windward.evals.shift.task import Dataset, ShiftError

FOLDER = "shift"
"""Part of the folder that WINDWARD_DATA names in which datasets are looked for."""
_PART = re.compile(r"(?:(?P<config>[^:\[\]]+):)?(?P<split>[^:\[\]]+)(?:\[(?P<low>\d+):(?P<high>\d+)\])?")
_SPLITS = ("train", "dev", "test", "validation")
_DEV = "(?:validation|valid|val|dev)"
_ALL = "all"


class Part(NamedTuple):
    """One of the parts that a split is joined from.

    Attributes:
        config: of the hub; "" for that of the dataset.
        split: name on the hub, or of a file; `all` for every file of a folder.
        low: where the share begins, in per cent.
        high: where it ends.
    """

    config: str
    split: str
    low: int
    high: int

    @property
    def is_share(self) -> bool:
        """Whether it is less than the whole."""
        return (self.low, self.high) != (0, 100)


class Found(NamedTuple):
    """Files of a split.

    Attributes:
        files: each with what the ids of its rows begin with.
        is_whole: whether they hold this split and nothing else, so that no share is to be cut.
    """

    files: list[tuple[Path, str]]
    is_whole: bool


def parts_of(dataset: Dataset, split: str) -> list[Part]:
    """What a split is joined from: `name`, `config:name`, or one share `name[from:to]`.

    Raises:
        ShiftError: there is no such split, or its declaration says something else.
    """
    if split not in dataset.splits:
        raise ShiftError(
            f"{dataset.name} has no split called {split!r}; it has {', '.join(dataset.splits)}"
            + (f" ({dataset.note})" if dataset.note else "")
        )
    parts: list[Part] = []
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
        parts.append(Part(match["config"] or "", match["split"], low, high))
    if len(parts) > 1 and any(part.is_share for part in parts):
        raise ShiftError(f"{dataset.name}: {dataset.splits[split]!r} joins a share; a share stands alone")
    return parts


def files_of(dataset: Dataset, parts: Sequence[Part], split: str, local: Path | None) -> Found | None:
    """The files of a split; None where it must come from the hub.

    In a folder these are the files called after the split (`test.jsonl`); else those called after its parts, as the set itself
    calls them; else all, where the parts are shares of all and no file is called after a split; else those with the split in
    their name or that of a folder. Another word for `validation` in a file's name is `dev`, `val` or `valid`.

    Args:
        dataset: whose split.
        parts: of the split.
        split: its name.
        local: a file, taken as it is, or a folder; without it, the folder that WINDWARD_DATA names is looked through.

    Raises:
        ShiftError: there is no such file or folder, or the folder has none of the split, or two of one name; says what there is.
    """
    folder = local if local is not None else _at_home(dataset, parts)
    if folder is None:
        if dataset.hub:
            return None
        raise ShiftError(
            f"{dataset.name} is not on the hub: give a file or folder with --local {dataset.name}=PATH, or put it in "
            f"{FOLDER}/{dataset.name} of the folder that WINDWARD_DATA names. It is {dataset.note or 'your own'}"
        )
    if folder.is_file():
        return Found([(folder, _name(folder))], _is_apart(parts, split) and _names(Path(folder.name), split))
    if not folder.is_dir():
        raise ShiftError(f"{dataset.name}: there is no {folder}")
    files, by_split = _within(folder, parts, split)
    if not files:
        there = ", ".join(str(file.relative_to(folder)) for file in _data_files(folder)) or "no data file"
        raise ShiftError(
            f"{dataset.name}: {folder} has no file of {split}: call it {split}.jsonl (or .csv, .tsv, .txt, .json, .parquet), or "
            f"after {' and '.join(part.split for part in parts)}; there is {there}"
        )
    named = [(file, _stem(file.relative_to(folder)).replace("/", "-")) for file in files]
    if len({prefix for _, prefix in named}) < len(named):
        told = ", ".join(str(file.relative_to(folder)) for file in files)
        raise ShiftError(
            f"{dataset.name}: {folder} holds {split} more than once ({told}): leave one, or name a file"
        )
    return Found(named, by_split and _is_apart(parts, split))


def _is_apart(parts: Sequence[Part], split: str) -> bool:
    """Whether a file that is called after the split is not the one that shares are cut from."""
    return all(part.split != split for part in parts)


def _at_home(dataset: Dataset, parts: Sequence[Part]) -> Path | None:
    home = os.environ.get("WINDWARD_DATA")
    if not home:
        return None
    folder = Path(home) / FOLDER
    if (folder / dataset.name).is_dir():
        return folder / dataset.name
    # A name like `train` says nothing of a dataset: only files that are called as the set's own are its.
    wanted = {part.split for part in parts} - {*_SPLITS, _ALL}
    return folder if any(_name(file) in wanted for file in _data_files(folder, deep=False)) else None


def _within(folder: Path, parts: Sequence[Part], split: str) -> tuple[list[Path], bool]:
    """The files of a split, and whether it was the split's name that they were chosen by."""
    files = _data_files(folder)
    called = [file for file in files if file.parent == folder and _name(file) == split]
    if called:
        return called, True
    by_part = [
        [file for file in files if _stem(file.relative_to(folder)) == part.split]
        or [file for file in files if _names(file.relative_to(folder), part.split)]
        for part in parts
    ]
    if all(by_part):
        return list(dict.fromkeys(file for some in by_part for file in some)), False
    if all(part.split == _ALL for part in parts) and not any(_name(file) in _SPLITS for file in files):
        return files, False
    return [file for file in files if _names(file.relative_to(folder), split)], True


def _names(path: Path, name: str) -> bool:
    """Whether a path holds a name as a word: `twitter-2016test-A` holds test, `contest` does not."""
    words = re.split(r"([a-zA-Z]+)", name)
    pattern = "".join(_DEV if word in ("validation", "dev") else re.escape(word) for word in words)
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
    return Path(path.as_posix().removesuffix(".gz")).with_suffix("").as_posix()


def _name(path: Path) -> str:
    return _stem(Path(path.name))
