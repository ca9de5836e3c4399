"""From the records of all stages to the result table, and to the few lines shown at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.evals import Evaluation, compare_stages, comparison_result, solved_within, stage_results
from windward.recipes.problems import SPLITS
from windward.reports.intervals import wilson
from windward.rows import Result

SYSTEM = "quickstart"


def result_table(
    records: Sequence[Evaluation], *, models: Mapping[str, str], dataset: str, turns: int, seed: int
) -> list[Result]:
    """Every figure of a run.

    Args:
        records: of all stages.
        models: stage to the name of the model that it measured, in the order of the run.
        dataset: name of the problems.
        turns: success is given by turn 1 to this.
        seed: of the run, and of the bootstrap.
    """
    results: list[Result] = []
    by_stage = {stage: [record for record in records if record.stage == stage] for stage in models}
    for stage, model in models.items():
        results += stage_results(
            by_stage[stage], system=SYSTEM, model=model, dataset=dataset, turns=turns, seed=seed
        )
    stages = list(models)
    for against, stage in ((first, later) for at, later in enumerate(stages) for first in stages[:at]):
        for split in _splits(by_stage[stage]):
            for turn in range(1, turns + 1):
                found = compare_stages(by_stage[against], by_stage[stage], split=split, turn=turn, seed=seed)
                if found is not None:
                    results.append(
                        comparison_result(
                            found,
                            system=SYSTEM,
                            model=models[stage],
                            dataset=dataset,
                            split=split,
                            condition={"stage": stage, "against": against, "turn": turn, "seed": seed},
                        )
                    )
    return results


def closing_table(records: Sequence[Evaluation], *, turns: int, seed: int) -> str:
    """Success before and after on each held-out split, with 95 % intervals, as plain text."""
    stages = list(dict.fromkeys(record.stage for record in records))
    lines = [f"{'split':<15}{'turn':<6}" + "".join(f"{stage:<26}" for stage in stages) + "change (paired)"]
    for split in _splits(records):
        for turn in sorted({1, turns}):
            cells = [
                _share([r for r in records if r.stage == stage and r.split == split], turn)
                for stage in stages
            ]
            lines.append(
                f"{split:<15}{turn:<6}"
                + "".join(f"{cell:<26}" for cell in cells)
                + _change(records, stages, split, turn, seed)
            )
    return "\n".join(lines)


def _share(records: Sequence[Evaluation], turn: int) -> str:
    solved = sum(solved_within(record, turn) for record in records)
    span = wilson(solved / len(records), len(records))
    return f"{solved}/{len(records)} = {solved / len(records):.0%} [{span.low:.0%}, {span.high:.0%}]"


def _change(records: Sequence[Evaluation], stages: Sequence[str], split: str, turn: int, seed: int) -> str:
    first = [record for record in records if record.stage == stages[0]]
    last = [record for record in records if record.stage == stages[-1]]
    found = compare_stages(first, last, split=split, turn=turn, seed=seed)
    if found is None or len(stages) < 2:
        return ""
    return (
        f"{100 * found.difference:+.0f} points [{100 * found.low:+.0f}, {100 * found.high:+.0f}], "
        f"p = {found.p_value:.2g}"
    )


def _splits(records: Sequence[Evaluation]) -> list[str]:
    found = {record.split for record in records}
    return [split for split in SPLITS if split in found]
