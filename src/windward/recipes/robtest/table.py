"""The study as Markdown: the verdict, accuracy of every arm side by side, and what training on changed copies gained."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from windward.recipes.robtest.config import CLEAN, START
from windward.recipes.robtest.figures import HELD_OUT, TEXTS, TRAINED_ON
from windward.rows import Result, select


def table(results: Sequence[Result]) -> str:
    """Accuracies are means over seeds; differences are paired over texts, with 95 % intervals."""
    return "\n".join([*verdict(results), "", *_accuracies(results), "", *_changes(results)]) + "\n"


def verdict(results: Sequence[Result]) -> list[str]:
    """A sentence for each arm and group of dimensions, from the interval alone."""
    lines = []
    for one in select(results, metric="accuracy_change"):
        told = one.condition
        whole = told["dimension"] == "all" and "degree" not in told
        if told["against"] == CLEAN and (told["group"] == TEXTS or whole):
            case = "" if told["group"] == TEXTS else f", {told['case']}"
            where = told["group"] if told["group"] == TEXTS else f"dimensions {told['group']}"
            lines.append(
                f"* {one.model} less {told['against']}, {where}{case}: {_said(one)} ({shown(one)}, {one.n} texts)"
            )
    return lines


def _said(one: Result) -> str:
    if one.condition["low"] > 0:
        return "more accurate"
    if one.condition["high"] < 0:
        return "less accurate"
    return "no difference that this many texts show"


def shown(one: Result) -> str:
    """A difference with its interval and what each seed gives."""
    told = one.condition
    seeds = ", ".join(f"{value:+.3f}" for value in told["by_seed"])
    return f"{one.value:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]; by seed {seeds}"


def _accuracies(results: Sequence[Result]) -> list[str]:
    found = select(results, metric="accuracy")
    arms = list(dict.fromkeys(one.model for one in found))
    cells: dict[tuple[str, str, float, str], dict[str, list[float]]] = {}
    for one in found:
        told = one.condition
        key = told["dimension"], told["mode"], told["degree"], told["case"]
        cells.setdefault(key, {}).setdefault(one.model, []).append(one.value)
    n = found[0].n
    lines = [
        f"| accuracy, {n} texts | degree | case | {' | '.join(arms)} |",
        f"| --- | ---: | --- |{' ---: |' * len(arms)}",
    ]
    for (dimension, mode, degree, case), by_arm in cells.items():
        name = TEXTS if dimension == "none" else f"{dimension}, {mode}"
        values = " | ".join(f"{fmean(by_arm[arm]):.3f}" for arm in arms)
        lines.append(f"| {name} | {degree:g} | {case} | {values} |")
    return lines


def _changes(results: Sequence[Result]) -> list[str]:
    lines = [
        "| change, paired | group | dimension | degree | case | difference [95 %] and by seed | McNemar p by seed |",
        "| --- | --- | --- | ---: | --- | ---: | ---: |",
    ]
    for one in select(results, metric="accuracy_change"):
        told = one.condition
        if (
            told["against"] == START
            and told["group"] in (TRAINED_ON, HELD_OUT)
            and told["dimension"] != "all"
        ):
            continue
        tests = ", ".join(f"{p:.2g}" for p in told.get("mcnemar_p", [])) or "–"
        degree = f"{told['degree']:g}" if "degree" in told else "all"
        lines.append(
            f"| {one.model} less {told['against']} | {told['group']} | {told['dimension']} | {degree} | {told['case']} | {shown(one)} | {tests} |"
        )
    return lines
