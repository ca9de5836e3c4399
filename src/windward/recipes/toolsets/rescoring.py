"""`windward toolset rescore`: recorded outputs in; every row run and graded again, and counts by each rule, out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windward.evals.folder import write_json
from windward.recipes.errors import RecipeError
from windward.reports.intervals import wilson
from windward.toolsets.domains import MATH, Domain
from windward.toolsets.rescore import KINDS, changed, read_recorded, rescore, summary
from windward.toolsets.validate import Validator

LINES = 10
"""Lines of progress."""


def rescore_file(
    file: Path,
    out: Path,
    *,
    domain: Domain = MATH,
    against: Path | None = None,
    jobs: int = 2,
    validator: Validator | None = None,
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs and grades each recorded output, and writes what it comes to as JSON.

    Args:
        file: recorded outputs, see `read_recorded`.
        out: the JSON file.
        domain: how answers are compared, and what programs find ready.
        against: an earlier file of this kind, or any with the letters of each row under `flags`, to compare with.
        jobs: programs at a time.
        validator: warm interpreters of the caller's, with a domain of their own; None makes some.
        tell: shows a line of progress.

    Returns:
        `out`.

    Raises:
        RecordedFileError: the recorded outputs cannot be read.
        RecipeError: the file to compare with cannot be read, or is of other outputs.
    """
    recorded = read_recorded(file)
    flags = None if against is None else _flags(against, file, len(recorded))
    every = max(1, len(recorded) // LINES)

    def told(done: int) -> None:
        if done % every == 0 or done == len(recorded):
            tell(f"{done:,} of {len(recorded):,} rows")

    own = Validator(domain=domain, jobs=jobs) if validator is None else None
    try:
        running = validator or own
        assert running is not None
        rows = rescore(recorded, running, jobs=jobs, tell=told)
        environment = asdict(running.environment)
    finally:
        if own is not None:
            own.close()
    found = summary(rows)
    written = found | {
        "file": file.name,
        "domain": running.domain.name,
        "environment": environment,
        "rows": [asdict(row) for row in rows],
    }
    counts = found["counts"]
    tell(", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS.values()) + f", of {found['n']:,}")
    for rule, what in (
        ("lenient", "within 1 % or two decimals"),
        ("equal", "equal by the released rule"),
        ("strict", "equal by value"),
    ):
        low, high = wilson(found[rule] / found["n"], found["n"])
        tell(
            f"{rule} ({what}): {found[rule]:,} of {found['n']:,} = {found[rule] / found['n']:.3f} [{low:.3f}, {high:.3f}]"
        )
    if flags is not None:
        differing = changed(rows, flags)
        written["changed"] = differing
        tell(f"{len(differing):,} rows are of another kind than in {against}")
        for row in differing[:LINES]:
            tell(f"  row {row['row']}: was {row['was']}, is {row['kind']}")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(out, written)
    return out


def _flags(against: Path, file: Path, n: int) -> str:
    """The letters of an earlier rescoring; a file may hold several, by the path of what was rescored."""
    try:
        stored = json.loads(against.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RecipeError(f"{against} cannot be read as JSON: {error}") from error
    flags = _flags_of(stored, file)
    if flags is None:
        raise RecipeError(
            f"{against} holds no text `flags` for {file.name}: name an earlier output of rescore"
        )
    if len(flags) != n:
        raise RecipeError(f"{against} has {len(flags)} flags, {file} has {n} rows: these are other outputs")
    return flags


def _flags_of(stored: Any, file: Path) -> str | None:
    if not isinstance(stored, Mapping):
        return None
    if "flags" not in stored:
        stored = next((one for path, one in stored.items() if str(path).endswith(file.name)), {})
    flags = stored.get("flags") if isinstance(stored, Mapping) else None
    return flags if isinstance(flags, str) else None
