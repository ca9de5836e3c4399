"""`windward arrange`: which training rows, and in what order, for a target set."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say


class MethodChoice(StrEnum):
    """How rows are ordered."""

    test_centric = "test-centric"
    weighted = "weighted"
    transport = "transport"
    coarse = "coarse"
    round_robin = "round-robin"
    cluster = "cluster"
    random = "random"


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command(
        epilog="windward arrange train.parquet target.parquet --budget 3000 -o arranged.parquet  ·  "
        "then: windward train sft --rows arranged.parquet --order order --out checkpoints/near"
    )(arrange)


def arrange(
    train: Annotated[
        Path,
        typer.Argument(
            metavar="TRAIN", help="Rows to choose from: Parquet or JSON lines, or a folder of Parquet shards."
        ),
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="Rows that they are chosen for; never the ones that are tested."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT.parquet", help="A new file.")],
    method: Annotated[
        MethodChoice,
        typer.Option(
            help="test-centric: each target names its nearest remaining row, turn by turn; weighted: by the distance to the nearest target "
            "and the mean one; transport: by the cost of optimal transport; coarse: task by task, by the weighted distance of a task's "
            "mean embedding; round-robin: one row of each task in turn; cluster: task after task; random: a shuffle. The last three look "
            "at no target and embed nothing."
        ),
    ] = MethodChoice.test_centric,
    budget: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Rows; test-centric ends with a whole turn. All without it."),
    ] = None,
    far: Annotated[bool, typer.Option("--far", help="The farthest first.")] = False,
    cut: Annotated[bool, typer.Option("--cut", help="test-centric ends at --budget, inside a turn.")] = False,
    by_distance: Annotated[
        bool,
        typer.Option("--by-distance", help="test-centric: within a turn the nearest first, not as they lie."),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Of the shuffle (0 without it), and of the order of the tasks of cluster (as they first appear without it)."
        ),
    ] = None,
    task_column: Annotated[
        str,
        typer.Option(metavar="NAME", help="A column of TRAIN: the tasks of coarse, round-robin and cluster."),
    ] = "task",
    encoder: Annotated[
        str, typer.Option(metavar="NAME", help="`embedded` (all-MiniLM-L6-v2), a folder, or a hub id.")
    ] = "embedded",
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keeps the vectors: a killed run goes on, the next one begins there."
        ),
    ] = None,
    ray: Annotated[
        int | None,
        typer.Option(
            "--ray",
            metavar="N",
            min=1,
            help="Embed TRAIN by N processes of Ray Data (windward\\[scale]); the same result.",
        ),
    ] = None,
) -> None:
    """Orders training rows for a target set by test-centric multi-turn arrangement, or by what it is compared with.

    OUT holds the chosen rows in their order, with the columns order (from 0) and turn (a cycle of round-robin, a task of coarse and
    cluster, else one); a column turn of TRAIN is kept as turn_before.
    """
    from windward.recipes.arrangement.texts import ArrangeError
    from windward.recipes.errors import RecipeError

    def work() -> Path:
        from windward.recipes.arrangement import arrange_file

        return arrange_file(
            train, target, out, method=method.value, budget=budget, far=far, cut=cut, by_distance=by_distance, seed=seed, task_column=task_column,
            encoder=encoder, cache=cache, ray=ray, command=sys.argv, tell=say,
        )  # fmt: skip

    finished(work, (ArrangeError, RecipeError, ValueError))
