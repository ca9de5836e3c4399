"""`windward trees`: preference trees mined from recorded runs, and rows in UltraInteract's schemas, out and in."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say

trees = typer.Typer(help="Preference trees: mine them, exchange their rows.", no_args_is_help=True)


class SchemaChoice(StrEnum):
    """Whose schema."""

    ultrainteract = "ultrainteract"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(trees, name="trees")


@trees.command(
    epilog="The recording of MINT: windward trees mine $WINDWARD_DATA/mint/trajectories.parquet --out trees  ·  "
    "Some of it: windward trees mine FILE.parquet --task gsm8k --task math --pairs-per-turn 1 --out trees"
)
def mine(
    recording: Annotated[
        Path, typer.Argument(metavar="FILE.parquet", help="Recorded runs of MINT, all models in one file.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the trees: new, or of the same settings.")
    ],
    model: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only runs of this model (repeatable).")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this task, e.g. gsm8k (repeatable).")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="Turns of a tree at most.")] = 5,
    pairs_per_turn: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pairs of one history at most.")
    ] = 4,
    leaves: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Correct actions of a tree at most, but for those in pairs."),
    ] = 8,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SET",
            help="Drop trees that overlap with this evaluation set: a file or folder (JSONL, JSON, Parquet, CSV), or a "
            "known name such as mint or svamp (repeatable). Sets in WINDWARD_DATA that a row may be scored on are "
            "always compared with.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the choice among equals, and of the trees shown.")] = 0,
) -> None:
    """Mine preference trees from recorded runs: no model is asked.

    Writes DIR/trees.jsonl, sft.parquet (correct leaves), pairs.parquet (shared history, correct, incorrect),
    augmented.parquet, results.parquet (counts by task and turn), mining.json, report.html and run.json. The same command on
    the same file writes the same bytes, but for run.json.
    """
    from windward.recipes.codeact.runs import RunsError
    from windward.recipes.trees.mined import MineTreesConfig, mine_trees
    from windward.reports import ReportError
    from windward.trees import MineConfig

    data = os.environ.get("WINDWARD_DATA")
    config = MineTreesConfig(
        recording=recording,
        models=tuple(model or ()),
        tasks=tuple(task or ()),
        against=tuple(against or ()),
        data=Path(data) if data else None,
        mine=MineConfig(depth=depth, pairs_per_turn=pairs_per_turn, leaves=leaves, seed=seed),
    )
    finished(lambda: mine_trees(config, out, command=sys.argv, tell=say), (RunsError, ReportError))


@trees.command(epilog="windward trees export trees --schema ultrainteract --out exported")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of windward trees or quickstart.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the files.")],
    schema: Annotated[SchemaChoice, typer.Option(help="Whose schema.")] = SchemaChoice.ultrainteract,
) -> None:
    """Write rows in another schema: ultrainteract_sft.parquet and ultrainteract_pair.parquet.

    A row's list of benchmarks never to be scored on goes along in one column more, never_score.
    """
    from windward.recipes.trees.exchange import export_ultrainteract
    from windward.trees import SchemaError

    del schema  # there is one so far
    finished(lambda: export_ultrainteract(folder, out, tell=say), (SchemaError,))


@trees.command("import", epilog="windward trees import UltraInteract_pair.parquet --out rows")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Rows of UltraInteract: Parquet, JSONL or JSON.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of sft.parquet or pairs.parquet.")],
) -> None:
    """Read rows of UltraInteract's schemas, released or exported, as rows to train on."""
    from windward.recipes.trees.exchange import import_ultrainteract
    from windward.trees import SchemaError

    finished(lambda: import_ultrainteract(file, out, tell=say), (SchemaError,))
