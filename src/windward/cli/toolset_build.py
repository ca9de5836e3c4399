"""`windward toolset build`: a model makes tools from problems, and those that work are kept."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import BaseUrl, ModelName
from windward.cli.outcome import finished, refuse, say
from windward.cli.toolset import toolset
from windward.cli.vision_options import ImageFolder, Vision, chosen_domain


def register(app: typer.Typer) -> None:
    """Adds `build` to `windward toolset`."""
    del app
    toolset.command(
        epilog="On this machine: windward toolset build problems.jsonl --domain tables --limit 20 --out tools  ·  "
        "As the paper: windward toolset build train.jsonl --domain math --initial 200 --each 100 --epochs 3 "
        "--model NAME --base-url http://localhost:8000/v1 --index --out tools"
    )(build)


class KeyChoice(StrEnum):
    """What makes tools alike."""

    name_and_count = "name and count"
    name = "name"


def build(
    problems: Annotated[
        Path,
        typer.Argument(
            metavar="PROBLEMS",
            help="JSONL, JSON, CSV or Parquet of question and answer; table, where there is one; other fields are kept.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the library: new, or of the same run to go on.")
    ],
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    domain: Annotated[
        str, typer.Option(metavar="NAME", help="Kind of problems: math, tables or vision.")
    ] = "math",
    vision: Vision = None,
    images: ImageFolder = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N problems of the file.")
    ] = None,
    initial: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Draw N problems at random as epoch 0; else all problems are one epoch."
        ),
    ] = None,
    each: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="K",
            help="With --initial: K more an epoch, those least like the ones before [default: 100].",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=0, metavar="E", help="With --initial: epochs after the first [default: 3]."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of --initial.")] = 0,
    abstracter: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Makes solutions general and picks the most general of several, where another model than --model is to; same --base-url.",
        ),
    ] = None,
    key: Annotated[
        KeyChoice, typer.Option(help="Tools are alike by name and argument count (the paper), or by name.")
    ] = KeyChoice.name_and_count,
    samples: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Draws of a solution, and of an abstraction, until one is right; the paper's is 1.",
        ),
    ] = 1,
    max_tokens: Annotated[
        int,
        typer.Option(
            min=1, help="New tokens of a solution, a call or an abstraction; the paper's are 1,024."
        ),
    ] = 1024,
    index: Annotated[bool, typer.Option("--index", help="Write index.npz too: the tools' vectors.")] = False,
) -> None:
    """Make a library of tools: solve, check, make general, check again, keep the most general of those that are alike.

    Writes DIR/tools.parquet and decisions.parquet (the library), steps.parquet (what became of each problem), epoch_N/1_solutions.parquet
    to 5_kept.parquet, results.parquet (counts by stage and epoch, yield), and run.json. Killed at any point, the same command goes on
    where it was and buys no reply twice.
    """
    from windward.models import resolve, sentence_encoder
    from windward.recipes.errors import RecipeError
    from windward.recipes.toolsets.building import BuildConfig, build_toolset
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.problems import ToolProblemError
    from windward.toolsets.vision import ImageFileError, VisionModelsError

    if initial is None and (each is not None or epochs is not None):
        refuse("--each and --epochs say how problems are drawn: give --initial N as well")

    def work() -> Path:
        kind = chosen_domain(domain, vision, images)
        config = BuildConfig(
            problems, limit, initial, each or BuildConfig.each, BuildConfig.epochs if epochs is None else epochs,
            seed, key.value, samples=samples, max_tokens=max_tokens, index=index,
        )  # fmt: skip
        solver = resolve(model, base_url)
        other = resolve(abstracter, base_url) if abstracter else None
        return build_toolset(
            config, kind, solver, out, abstracter=other, encoder=sentence_encoder, command=sys.argv, tell=say
        )  # fmt: skip

    finished(work, (ImageFileError, RecipeError, ToolProblemError, ToolsetError, VisionModelsError))
