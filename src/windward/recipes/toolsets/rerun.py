"""What an audit and a replay have in common: the library's folder, where a report may be written, and runs that are stored."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from windward.journal import Journal, run, run_rows, values
from windward.journal.progress import Progress
from windward.recipes.errors import RecipeError
from windward.toolsets.audit import environment_text
from windward.toolsets.domains import DOMAINS, Domain
from windward.toolsets.stored_domain import domain_of
from windward.toolsets.toolset import TOOLS, Toolset
from windward.toolsets.validate import Validator

T = TypeVar("T")


def load_toolset(folder: Path) -> Toolset:
    """The toolset of a folder.

    Raises:
        RecipeError: there is none.
        ToolsetError: it was damaged.
    """
    if not (folder / TOOLS).is_file():
        raise RecipeError(
            f"{folder} holds no toolset ({TOOLS} is not there): make one with windward toolset import or windward toolset build"
        )
    return Toolset.load(folder)


def known_domain(folder: Path) -> Domain:
    """The domain that a library's folder names.

    Raises:
        RecipeError: it is one that needs functions of the user's.
        ToolsetError: the record of its run was damaged.
    """
    name = domain_of(folder)
    if name not in DOMAINS:
        raise RecipeError(
            f"{folder} is a library of the domain {name!r}, whose programs need functions of yours: call it from Python with a "
            "Validator of that domain"
        )
    return DOMAINS[name]


@contextmanager
def runs_in(folder: Path, validator: Validator | None, jobs: int) -> Iterator[Validator]:
    """The validator that is given, which stays open; or one of the folder's domain.

    Raises:
        RecipeError: the domain is one that needs functions of the user's.
        ToolsetError: the record of the folder's run was damaged.
    """
    if validator is not None:
        yield validator
        return
    with Validator(jobs=jobs, domain=known_domain(folder)) as made:
        yield made


def check_writable(out: Path) -> None:
    """Whether a report can be written, before the work.

    Raises:
        RecipeError: it cannot; the message says why.
    """
    if out.is_dir():
        raise RecipeError(
            f"{out} is a folder: name a file to write the report to, such as {out / 'audit.json'}"
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        (probe := out.with_name(f".{out.name}.part")).touch()
        probe.unlink()
    except OSError as error:
        raise RecipeError(
            f"{out} cannot be written ({error.strerror}): name a file in a folder of yours"
        ) from error


def forget(path: Path, *, again: bool) -> None:
    """Removes a journal of runs, where all is to be run again.

    Raises:
        JournalError: another run holds it.
    """
    if again and path.exists():
        Journal(path).close()
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)


def run_version(validator: Validator) -> str:
    """What decides a verdict beside the tool itself: the environment and the domain."""
    text = f"{environment_text(validator.environment)} {validator.domain.name}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def over_rows(
    stage: str,
    fn: Callable[[T], dict[str, Any]],
    rows: Sequence[T],
    key: Callable[[T], str],
    version: str,
    journal: Journal,
    jobs: int,
) -> list[dict[str, Any]]:
    """Maps a blocking function over rows, a few at a time, and stores what it returns.

    Raises:
        RowsFailedError: rows failed; what is done is stored.
    """
    if not rows:
        return []
    bar = Progress(stage, len(rows), 0, lambda: f"{jobs} at a time")

    def each(row: T) -> Awaitable[dict[str, Any]]:
        return asyncio.to_thread(fn, row)

    try:
        return values(
            run(
                run_rows(each, rows, journal=journal, stage=stage, key=key, version=version, concurrency=jobs, progress=bar)
            ),
            "tools",
        )  # fmt: skip
    finally:
        bar.close()
