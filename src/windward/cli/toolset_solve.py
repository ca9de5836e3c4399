"""`windward toolset solve`: problems, a library and a model in; what is solved with its tools, and without, out."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset
from windward.cli.vision_options import ImageFolder, Vision, vision_validator


def register(app: typer.Typer) -> None:
    """Adds `solve` to `windward toolset`."""
    del app
    toolset.command(
        epilog="The effect of a library: windward toolset solve library problems.jsonl --tools none --out without  ·  "
        "windward toolset solve library problems.jsonl --against without --out with"
    )(solve)


class ToolsChoice(StrEnum):
    """How a program gets at tools."""

    prompt = "prompt"
    callable = "callable"
    none = "none"
    callable_none = "callable-none"


class WithoutPlanChoice(StrEnum):
    """What a problem without a plan gets."""

    problem = "problem"
    nothing = "nothing"


def solve(
    library: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a library.")],
    problems: Annotated[
        Path,
        typer.Argument(metavar="PROBLEMS", help="question and answer; JSONL, JSON, CSV or Parquet."),
    ],
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    planner: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Who thinks up names and a docstring to search for: same (as --model, at its endpoint), none, or another model.",
        ),
    ] = "same",
    tools: Annotated[
        ToolsChoice,
        typer.Option(
            help="prompt: the sources of found tools stand in the prompt. callable: an agent acts in a session where they are functions. "
            "none, callable-none: the baselines, the same without tools."
        ),
    ] = ToolsChoice.prompt,
    k: Annotated[int, typer.Option(min=1, help="Tools for a problem at most; 3 in the paper.")] = 3,
    without_plan: Annotated[
        WithoutPlanChoice,
        typer.Option(help="Where no plan can be read: the tools whose problems are nearest, or none."),
    ] = WithoutPlanChoice.problem,
    domain: Annotated[
        str | None, typer.Option(metavar="NAME", help="math or tables; else the library's own.")
    ] = None,
    vision: Vision = None,
    images: ImageFolder = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Problems at most, the first ones.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a reply at most.")] = 1024,
    cpu_seconds: Annotated[
        float, typer.Option(min=0.1, help="CPU time of a program, or of an agent's action.")
    ] = 20.0,
    turns: Annotated[
        int, typer.Option(min=1, help="Turns of an agent at most (callable, callable-none).")
    ] = 5,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Another run on these problems: paired differences are written too."
        ),
    ] = None,
) -> None:
    """Solve problems with the tools that are found for them; both ways of grading are reported.

    Writes DIR/solved.parquet, results.parquet and run.json. Killed at any point, the same command goes on where it was.
    """
    from windward.recipes.errors import RecipeError
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.problems import ToolProblemError
    from windward.toolsets.vision import ImageFileError, VisionModelsError

    def work() -> Path:
        from windward.models import resolve
        from windward.recipes.toolsets.solving import solve_problems
        from windward.recipes.toolsets.solving_config import SolveConfig
        from windward.toolsets.validate import LIMITS

        writes = resolve(model, base_url)
        plans = None
        if tools in (ToolsChoice.prompt, ToolsChoice.callable) and planner != "none":
            plans = writes if planner == "same" else resolve(planner, base_url)
        config = SolveConfig(
            library,
            problems,
            domain,
            limit,
            tools.value,
            k,
            without_plan.value,
            max_tokens,
            cpu_seconds,
            turns,
        )
        limits = replace(LIMITS, seconds=cpu_seconds)
        with vision_validator(vision, images, limits=limits) as validator:
            return solve_problems(
                config, writes, out, planner=plans, against=against, validator=validator, command=sys.argv, tell=say
            )  # fmt: skip

    finished(work, (ImageFileError, RecipeError, ToolProblemError, ToolsetError, VisionModelsError))
