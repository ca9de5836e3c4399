"""The part of the page with every run by itself: what its seed gave."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from windward.reports.dynamics_table import METRICS, DynamicsTable, step_of, value_told
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.wording import counted, number
from windward.rows import Result

_FIRST = "first step near the final loss"


def runs_section(found: DynamicsTable) -> Html | None:
    """A row a run, to open; None without runs."""
    if not found.runs:
        return None
    drawn = {f"{METRICS[metric]} at {place}" for metric in METRICS for place in ("step 0", "the end")}
    lines = [_line(found, run) for run in found.runs]
    heads = [name for name in lines[0] if any(line[name] for line in lines)]
    numeric = [
        place for place, name in enumerate(heads) if name in drawn | {"last step", "mean loss", _FIRST}
    ]
    shown = table(heads, [[line[name] for name in heads] for line in lines], numeric=numeric)
    return section(
        "Every run",
        disclosure(counted(len(lines), "run"), tag("div", shown, class_="dense")),
        anchor="runs",
        lead="Each run by itself, so that one seed cannot hide behind a mean.",
    )


def _line(found: DynamicsTable, run: tuple[str, str, str]) -> dict[str, str]:
    line: dict[str, str] = {}
    steps: list[float] = []
    figures: dict[str, str] = {}
    seed = ""
    for metric, name in METRICS.items():
        rows = found.of_run(run, metric, found.whole)
        seed = next((str(row.condition["seed"]) for row in rows if "seed" in row.condition), seed)
        steps += [step_of(row) for row in rows]
        figures[f"{name} at step 0"] = value_told(rows[0]) if rows and step_of(rows[0]) == 0 else ""
        figures[f"{name} at the end"] = value_told(rows[-1]) if rows else ""
    line["arrangement"] = found.names[run[0], run[1]]
    line["seed"], line["run"] = seed, run[2]
    line["last step"] = number(max(steps)) if steps else ""
    line[_FIRST] = _one(found.of_run(run, "first_step", found.whole, of="loss"))
    line["mean loss"] = "".join(value_told(row) for row in found.of_run(run, "mean_loss", found.whole)[:1])
    return line | figures


def _one(rows: Sequence[Result]) -> str:
    """The first step, of one threshold or of several."""
    return ", ".join("not measured" if isnan(row.value) else number(row.value) for row in rows)
