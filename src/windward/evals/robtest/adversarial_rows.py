"""Rows for training against change: the texts as they are, and changed copies under the same labels."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import write_text
from windward.evals.robtest.dimension import RobTestError, perturb_sentence
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import Mode
from windward.evals.robtest.sentence import read_sentence


@dataclass(frozen=True)
class RowsConfig:
    """Which copies are made.

    Attributes:
        dimensions: by name. Others are held out: a model that is trained on these rows has not met them.
        degrees: of the copies; each text gets its copies at each.
        copies: of a text, in each dimension and at each degree.
        mode: None is the first of each dimension.
        keep: words that no dimension touches.
        seed: of all draws.
    """

    dimensions: tuple[str, ...]
    degrees: tuple[float, ...] = (0.2,)
    copies: int = 1
    mode: Mode | None = None
    keep: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Made:
    """What was written.

    Attributes:
        texts: as they are.
        copies: changed.
        shortfall: copies that could not be had, because a text is too short or nothing of it can change.
    """

    texts: int
    copies: int
    shortfall: int


def write_rows(out: Path, rows: Sequence[tuple[int, str, str]], config: RowsConfig) -> Made:
    """Writes JSON lines of id, text, label, original, dimension, mode, degree, realised; whole or not at all.

    Args:
        out: the file.
        rows: number, text, and label as it is written, as `windward.rows.labelled.read_written` gives them.
        config: see `RowsConfig`.

    Raises:
        RobTestError: no dimension is named, there is none of a name, or one does not have the mode.
    """
    if not config.dimensions:
        raise RobTestError("name the dimensions of the copies; those that are not named stay held out")
    made = list(rows_of(rows, config))
    lines = (json.dumps(row, ensure_ascii=_is_broken(row["text"])) + "\n" for row in made)
    write_text(out, "".join(lines))
    copies = len(made) - len(rows)
    wanted = len(rows) * len(set(config.dimensions)) * len(set(config.degrees)) * config.copies
    return Made(len(rows), copies, wanted - copies)


def rows_of(rows: Sequence[tuple[int, str, str]], config: RowsConfig) -> Iterator[dict[str, Any]]:
    """Each text, and behind it its changed copies."""
    dimensions = {name: dimension_of(name) for name in config.dimensions}
    for number, text, label in rows:
        told = {"label": label, "original": str(number)}
        yield {
            "id": str(number),
            "text": text,
            **told,
            "dimension": "",
            "mode": "",
            "degree": 0.0,
            "realised": 0.0,
        }
        sentence = read_sentence(text, config.keep)
        for name, dimension in dimensions.items():
            mode = config.mode or dimension.modes[0]
            for degree in dict.fromkeys(config.degrees):
                found = perturb_sentence(
                    dimension, sentence, degree, n=config.copies, mode=mode, seed=config.seed
                )
                for place, sample in enumerate(found.samples):
                    if sample.edits:
                        yield {
                            "id": f"{number}-{name}-{mode}-{degree:g}-{place}",
                            "text": sample.text,
                            **told,
                            "dimension": name,
                            "mode": mode,
                            "degree": degree,
                            "realised": sample.degree,
                        }


def dimension_of(name: str) -> Any:
    """The dimension of a name.

    Raises:
        RobTestError: there is none.
    """
    if name not in DIMENSIONS:
        raise RobTestError(f"there is no dimension {name!r}; there are {', '.join(DIMENSIONS)}")
    return DIMENSIONS[name]()


def held_out(dimensions: Collection[str]) -> tuple[str, ...]:
    """The dimensions that are not named."""
    return tuple(name for name in DIMENSIONS if name not in dimensions)


def _is_broken(text: str) -> bool:
    """Whether a text holds half of a character pair, which UTF-8 cannot write."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)
