"""A sheet for people: samples beside their texts, and an empty column in which they say whether the change is still valid."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from windward.evals.folder import write_text
from windward.evals.robtest.dimension import RobTestError

COLUMNS = ("id", "dimension", "mode", "degree", "original", "changed", "label", "valid")
YES = frozenset({"yes", "y", "1", "true", "valid"})
NO = frozenset({"no", "n", "0", "false", "invalid"})
UNSURE = frozenset({"?", "unsure"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Shown:
    """A sample to look at.

    Attributes:
        id: unique in its run.
        dimension: that changed it.
        mode: general or malicious.
        degree: that was asked for.
        original: the text.
        changed: the sample.
        label: name of the class of the text.
    """

    id: str
    dimension: str
    mode: str
    degree: float
    original: str
    changed: str
    label: str


def write_sheet(path: Path, samples: Sequence[Shown]) -> Path:
    """Writes the sheet, whole or not at all, as CSV in UTF-8 with a mark that spreadsheets look for.

    What was measured is not in it, so that it sways nobody. A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in samples:
        writer.writerow({name: _plain(str(value)) for name, value in asdict(one).items()} | {"valid": ""})
    write_text(path, "\ufeff" + out.getvalue())
    return path


def read_sheet(path: Path, samples: Sequence[Shown]) -> dict[str, bool | None]:
    """What people said, by id of the sample: valid or not, None where they were unsure. Rows that nobody filled in are left out.

    Raises:
        RobTestError: it is no such sheet, a row is none of this run's samples or there twice, or an answer cannot be read; the
            message names the line.
    """
    known: Mapping[str, Shown] = {one.id: one for one in samples}
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RobTestError(f"{path} cannot be read: {error}; save it as CSV in UTF-8") from error
    if lacking := [name for name in ("id", "changed", "valid") if name not in (reader.fieldnames or ())]:
        raise RobTestError(f"{path} is no sheet of samples: it has no column {lacking[0]}")
    found: dict[str, bool | None] = {}
    seen = set()
    for line, row in rows:
        name, said = row["id"], (row["valid"] or "").strip().lower()
        if name not in known or _plain(known[name].changed) != row["changed"]:
            raise RobTestError(
                f"{path}:{line}: {name!r} is no sample of this run: fill in the sheet that this run wrote, and change only `valid`"
            )
        if name in seen:
            raise RobTestError(f"{path}:{line}: {name} is there twice")
        seen.add(name)
        if not said:
            continue
        if said not in YES | NO | UNSURE:
            raise RobTestError(f"{path}:{line}: valid is {said!r}; write yes, no, or ? where you are unsure")
        found[name] = None if said in UNSURE else said in YES
    return found


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
