"""The alignment tax of a run, against runs of models that were trained for one objective alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path

from windward.evals.control.figures import Measured
from windward.evals.control.front import alignment_tax
from windward.evals.control.requests import FREE
from windward.evals.data import DataError
from windward.evals.folder import RECORD
from windward.rows import Result, read_results


def tax_results(
    results: Sequence[Result], measured: Measured, specialists: Mapping[str, Path], prompts: str
) -> list[Result]:
    """What the model gives up: the specialist's mean where nothing is asked, less its own where this objective's top is asked.

    Args:
        results: of the model.
        measured: whose they are.
        specialists: folders of the specialists' runs, by objective.
        prompts: digest of what was asked; theirs must be the same.

    Returns:
        `alignment_tax` by objective, and their mean where there are several; its standard error takes the two means for independent.

    Raises:
        DataError: a run is not there, has other prompts or another judge, or lacks the figure.
    """
    own: dict[str, float] = {}
    theirs: dict[str, float] = {}
    errors: dict[str, float | None] = {}
    counts: dict[str, tuple[int, int]] = {}
    rows = []
    for name, folder in specialists.items():
        if name not in measured.scales:
            raise DataError(
                f"{folder} is a specialist in {name}, which is not among the objectives asked for"
            )
        top = f"{name}={measured.scales[name].high:g}"
        mine, other = _mean(results, top, name, "this run"), _mean(_read(folder, prompts), FREE, name, folder)
        if mine.condition["judge"] != other.condition["judge"]:
            raise DataError(
                f"{folder}: {name} was judged by {other.condition['judge']}, here by {mine.condition['judge']}"
            )
        own[name], theirs[name] = mine.value, other.value
        errors[name] = (
            None if None in (pair := (mine.stderr, other.stderr)) else sqrt(sum((e or 0) ** 2 for e in pair))
        )
        counts[name] = min(mine.n, other.n), mine.unparsed + other.unparsed
        rows.append((name, other.model))
    if not rows:
        return []
    tax = alignment_tax(own, theirs)
    made = [
        measured.figure(
            "alignment_tax", tax[name], counts[name][0], stderr=errors[name], unparsed=counts[name][1],
            objective=name, specialist=model, judge=measured.judges[name],
        )
        for name, model in rows
    ]  # fmt: skip
    if len(rows) > 1:
        n, lost = min(count for count, _ in counts.values()), sum(count for _, count in counts.values())
        made.append(measured.figure("alignment_tax", tax["mean"], n, unparsed=lost, objective="mean"))
    return made


def _read(folder: Path, prompts: str) -> list[Result]:
    try:
        settings = json.loads((folder / RECORD).read_text(encoding="utf-8"))["settings"]
        found = read_results(folder / "results.parquet")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is no finished run of windward eval control ({error})") from error
    if settings.get("prompts") != prompts:
        raise DataError(f"{folder} asked other prompts: a specialist must be asked the same")
    return found


def _mean(results: Sequence[Result], asked: str, objective: str, where: object) -> Result:
    wanted = {"asked": asked, "objective": objective}
    for row in results:
        if (
            row.metric == "mean_rating"
            and "domain" not in row.condition
            and wanted.items() <= row.condition.items()
        ):
            return row
    raise DataError(f"{where} has no mean rating of {objective} where {asked} is asked")
