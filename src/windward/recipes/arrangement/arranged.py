"""`windward arrange`: the rows of a file in the order in which a model should see them for a target set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from windward.arrangement import Plan, embed, test_centric
from windward.arrangement.orders import by_score, clustered, coarse, round_robin, shuffled
from windward.arrangement.transport import transport_cost
from windward.arrangement.weighted import weighted_similarity
from windward.recipes.arrangement.scale import on_ray
from windward.recipes.arrangement.texts import ArrangeError, Rows
from windward.rows.arranged import prompt_digest, with_note

Vectors = NDArray[np.float32]
ORDER, TURN = "order", "turn"
FORMER = "turn_before"
"""What a column `turn` of the training rows is called in the result."""


@dataclass(frozen=True)
class Wanted:
    """What a method orders, and how. Texts are embedded and tasks are read only when a method asks for them.

    Attributes:
        train: rows to choose from.
        target: rows that they are chosen for.
        budget: rows; None for all.
        far: the farthest first.
        seed: of what is drawn; None where none was given.
        task_column: of `train`.
        encoder: of the texts.
        cache: a folder that keeps vectors; None keeps none.
        ray: how many processes of Ray embed `train`; None: this one.
        cut: the last turn ends at the budget.
        by_distance: the rows of a turn come nearest first.
    """

    train: Rows
    target: Rows
    budget: int | None
    far: bool
    seed: int | None
    task_column: str
    encoder: str
    cache: Path | None
    ray: int | None
    cut: bool
    by_distance: bool

    @cached_property
    def rows(self) -> Vectors:
        """Embeddings of the rows, [N, d]."""
        spread = None if self.ray is None else on_ray(self.train.path, self.encoder, self.ray)
        return embed(self.train.texts(), self.encoder, self.cache, spread=spread)

    @cached_property
    def targets(self) -> Vectors:
        """Embeddings of the targets, [M, d]."""
        return embed(self.target.texts(), self.encoder, self.cache)

    @cached_property
    def tasks(self) -> list[str]:
        """The task of each row."""
        return self.train.tasks(self.task_column)


@dataclass(frozen=True)
class Method:
    """A way to order rows.

    Attributes:
        plan: of what is wanted; cut to the budget afterwards, unless it is `whole`.
        looks: whether it looks at the targets.
        whole: it takes the budget itself, and may end with a whole turn.
    """

    plan: Callable[[Wanted], Plan]
    looks: bool = True
    whole: bool = False


def _test_centric(wanted: Wanted) -> Plan:
    return test_centric(
        wanted.rows,
        wanted.targets,
        wanted.budget,
        far=wanted.far,
        cut=wanted.cut,
        within="distance" if wanted.by_distance else "index",
    )


def _coarse(wanted: Wanted) -> Plan:
    def score(means: NDArray[np.float64]) -> NDArray[np.float64]:
        return weighted_similarity(means, wanted.targets).scores

    tasks = wanted.tasks  # before hours of embedding
    return coarse(wanted.rows, tasks, score, far=wanted.far)


METHODS: Mapping[str, Method] = {
    "test-centric": Method(_test_centric, whole=True),
    "weighted": Method(
        lambda wanted: by_score(weighted_similarity(wanted.rows, wanted.targets).scores, far=wanted.far)
    ),
    "transport": Method(lambda wanted: by_score(transport_cost(wanted.rows, wanted.targets), far=wanted.far)),
    "coarse": Method(_coarse),
    "round-robin": Method(lambda wanted: round_robin(wanted.tasks), looks=False),
    "cluster": Method(lambda wanted: clustered(wanted.tasks, seed=wanted.seed), looks=False),
    "random": Method(lambda wanted: shuffled(len(wanted.train), wanted.seed or 0), looks=False),
}
"""By name: multi-turn arrangement, weighted similarity distance, optimal transport, tasks by the weighted distance of their mean
embedding, one row of each task in turn, task after task, and a shuffle. The last three are to compare with and look at no target."""


def arrange_file(
    train: Path,
    target: Path,
    out: Path,
    *,
    method: str = "test-centric",
    budget: int | None = None,
    far: bool = False,
    cut: bool = False,
    by_distance: bool = False,
    seed: int | None = None,
    task_column: str = "task",
    encoder: str = "embedded",
    cache: Path | None = None,
    ray: int | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes the chosen training rows in their order, with the columns `order` (from 0 upward) and `turn`.

    Rows are compared by all that they say: `messages`, or `text`, or a prompt and its answer. The file's note names the
    target set and its prompts, which such rows must not be tested on (`windward.rows.arranged`).

    Args:
        train: rows to choose from, Parquet or JSON lines; or a folder of Parquet shards, which are one file after the other by name.
        target: rows that they are chosen for, likewise.
        out: a new Parquet file.
        method: of `METHODS`.
        budget: rows; None keeps all. Multi-turn arrangement ends with a whole turn and may give more.
        far: the farthest first.
        cut: multi-turn arrangement ends at the budget all the same.
        by_distance: the rows of its turns come nearest first, or with `far` farthest first; as released they come as they lie.
        seed: of a shuffle (0 where none is given) and of the order of the tasks of `cluster` (as they first appear where none is).
        task_column: of `train`, for the methods that order tasks.
        encoder: of the texts.
        cache: a folder that keeps vectors, which are then not held in memory; None keeps none.
        ray: how many processes of Ray Data embed the training rows (`windward.recipes.arrangement.scale`); None: this one.
        command: how it was called, for the record.
        tell: takes a line of progress.

    Raises:
        ArrangeError: a file cannot be read, rows say nothing or name no task, the farthest are wanted of a method that measures
            no distance, turns are to be cut or sorted of one that has none, or `out` is there already.
        ModelError: there is no such encoder.
        RecipeError: Ray is wanted and not installed.
        ValueError: the method cannot take so many rows.
    """
    if method not in METHODS:
        raise ArrangeError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    how = METHODS[method]
    if far and not how.looks:
        raise ArrangeError(f"{method} looks at no target, so nothing is far from it: leave --far out")
    if (cut or by_distance) and not how.whole:
        raise ArrangeError(f"{method} has no turns to cut or to sort: leave --cut and --by-distance out")
    if cut and budget is None:
        raise ArrangeError("there is nothing to cut without a budget: give --budget N")
    if out.exists():
        raise ArrangeError(f"{out} is there already: name a new file")
    rows, targets = Rows(train), Rows(target)
    if clash := [name for name in (ORDER, FORMER) if name in rows.schema.names]:
        raise ArrangeError(f"{train} has a column {clash[0]!r}, which the result would need: rename it")
    prompts = targets.prompts()
    tell(f"{len(rows):,} rows to choose from, {len(targets):,} targets")
    plan = how.plan(
        Wanted(rows, targets, budget, far, seed, task_column, encoder, cache, ray, cut, by_distance)
    )
    if budget is not None and not how.whole:
        plan = plan.first(budget)
    turns = plan.turns
    shown = ", ".join(f"{size:,}" for size in turns[:8]) + (", …" if len(turns) > 8 else "")
    tell(f"{len(plan):,} rows in {len(turns):,} {'turn' if len(turns) == 1 else 'turns'} ({shown})")
    if how.looks:
        tell(f"they were chosen by looking at {target.name}: do not test on it")
    else:
        tell(
            f"{method} looks at no target; beside rows that were chosen for {target.name} do not test on it either"
        )
    note = {"method": method, "budget": budget, "far": far, "cut": cut, "by_distance": by_distance, "seed": seed, "task_column": task_column, "encoder": encoder,
            "train": str(train), "target": str(target), "targets": len(targets), "target_prompts": [prompt_digest(prompt) for prompt in prompts],
            "looked": how.looks, "turns": turns, "command": list(command)}  # fmt: skip
    _write(rows, plan, out, note)
    return out


def _write(rows: Rows, plan: Plan, out: Path, note: Mapping[str, Any]) -> None:
    chosen = rows.take(plan.order)
    chosen = chosen.rename_columns([FORMER if name == TURN else name for name in chosen.column_names])
    chosen = chosen.append_column(ORDER, pa.array(np.arange(len(plan), dtype=np.int64)))
    chosen = chosen.append_column(TURN, pa.array(plan.turn))
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_suffix(out.suffix + ".part")
    pq.write_table(chosen.replace_schema_metadata(with_note(rows.schema.metadata, note)), temporary)
    temporary.replace(out)
