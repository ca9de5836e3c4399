"""`windward trees`: preference trees mined from recorded runs or grown with models, and rows in UltraInteract's schemas, out and in."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, refuse, say

trees = typer.Typer(help="Preference trees: mine them, grow them, exchange their rows.", no_args_is_help=True)


class WorkChoice(StrEnum):
    """How an actor is asked to work."""

    examples = "examples"
    cot = "cot"
    modular = "modular"
    both = "both"


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


@trees.command(
    epilog="On this machine: windward trees grow problems.jsonl --out grown  ·  "
    "A whole cast: windward trees grow problems.jsonl --base-url http://localhost:8000/v1 --actor SMALL --stronger LARGE "
    "--opponent OTHER --critic THIRD --schema both --samples 20 --turns 5 --max-tokens 1024 --out grown"
)
def grow(
    problems: Annotated[
        Path,
        typer.Argument(
            metavar="PROBLEMS.jsonl",
            help="prompt, reference and kind (math, table, code); program or rationale (a text, or a list of several) for the last resort.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the trees: new, or of the same run to go on.")
    ],
    actor: Annotated[
        str,
        typer.Option(metavar="NAME", help="embedded, a checkpoint folder, a hub id, or an endpoint's name."),
    ] = "embedded",
    stronger: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Asked for a correct action where those before fail (repeatable)."),
    ] = None,
    opponent: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Whose actions are rejected (repeatable).")
    ] = None,
    critic: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who says where an action went wrong.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible endpoint of all these models.")
    ] = None,
    schema: Annotated[
        WorkChoice, typer.Option(help="Worked examples of short programs, or the paper's schemas.")
    ] = WorkChoice.examples,
    samples: Annotated[
        int, typer.Option(min=1, help="Actions a model draws at each turn; 20 in the paper.")
    ] = 4,
    turns: Annotated[int, typer.Option(min=1, max=5, help="Turns of a tree at most.")] = 2,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of an action at most.")] = 96,
    temperature: Annotated[float, typer.Option(min=0, help="Of the draws.")] = 0.7,
    limit: Annotated[int | None, typer.Option(min=1, help="Problems at most, the first ones.")] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SET", help="Drop trees that overlap with this evaluation set (repeatable); see mine."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of draws and of the choice among equals.")] = 0,
) -> None:
    """Grow preference trees on problems, with a real interpreter as the judge.

    Writes what mine writes, and growing.json for mining.json. Killed at any point, the same command goes on where it was.
    """
    from windward.recipes.codeact.runs import RunsError
    from windward.recipes.errors import RecipeError
    from windward.reports import ReportError
    from windward.rows import ProblemError

    def work() -> Path:
        from windward.models import resolve
        from windward.recipes.trees.grown import GrowTreesConfig, grow_trees
        from windward.trees import SCHEMAS, Cast, GrowConfig

        try:
            cast = Cast(
                resolve(actor, base_url),
                tuple(resolve(name, base_url) for name in stronger or ()),
                tuple(resolve(name, base_url) for name in opponent or ()),
                resolve(critic, base_url) if critic else None,
            )
        except ValueError as error:
            refuse(str(error))
        data = os.environ.get("WINDWARD_DATA")
        config = GrowTreesConfig(
            problems=problems,
            limit=limit,
            against=tuple(against or ()),
            data=Path(data) if data else None,
            grow=GrowConfig(
                samples=(samples,) * turns,
                temperature=temperature,
                max_tokens=max_tokens,
                seed=seed,
                schemas=tuple(one for one in SCHEMAS if schema.value in (one, "both")),
            ),
        )
        return grow_trees(config, cast, out, command=sys.argv, tell=say)

    finished(work, (ProblemError, RecipeError, ReportError, RunsError))


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
