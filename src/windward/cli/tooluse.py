"""`windward eval tooluse`: tools through three action formats."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, say


class SuiteChoice(StrEnum):
    """Which tasks."""

    all = "all"
    m3 = "m3"
    apibank = "apibank"


class SpaceChoice(StrEnum):
    """How actions are written."""

    all = "all"
    code = "code"
    json = "json"
    text = "text"


class RuleChoice(StrEnum):
    """Whose rule judges M3ToolEval."""

    strict = "strict"
    released = "released"


def register(app: typer.Typer) -> None:
    """Adds the command of this file to `windward eval`."""
    del app
    evals.command(
        "tooluse",
        epilog="On this machine: windward eval tooluse --model embedded --suite m3 --out tools  ·  "
        "An endpoint: windward eval tooluse --model NAME --base-url http://localhost:8000/v1 --suite all --out tools",
    )(tooluse)


def tooluse(
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    suite: Annotated[
        SuiteChoice, typer.Option(help="M3ToolEval (82 tasks), API-Bank level 1 (389 calls), or both.")
    ] = SuiteChoice.m3,
    space: Annotated[SpaceChoice, typer.Option(help="How actions are written.")] = SpaceChoice.all,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the tasks; without it, WINDWARD_DATA's codeact/."),
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of a task of M3ToolEval at most.")] = 10,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a reply at most.")] = 512,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Tasks of each suite at most, drawn by the seed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of --limit and of intervals.")] = 0,
    profile: Annotated[
        RuleChoice,
        typer.Option(help="Whose rule judges M3ToolEval: ours, or the released one with its faults."),
    ] = RuleChoice.strict,
    system_role: Annotated[
        bool, typer.Option("--system-role", help="Put the rules into a system message.")
    ] = False,
) -> None:
    """Tool use: the same tasks and tools with actions as Python, JSON and text.

    Tools are really run, in the isolated interpreter. Killed at any point, the same command goes on where it was.
    """

    def work() -> Path:
        from windward.evals.tooluse.live import ToolUseConfig, run_tooluse
        from windward.evals.tooluse.trials import SPACES, SUITES
        from windward.models import resolve

        suites = {"all": SUITES, "m3": ("m3tooleval",), "apibank": ("apibank",)}
        config = ToolUseConfig(
            suites=suites[suite.value],
            spaces=tuple(one for one in SPACES if space.value in ("all", one)),
            turns=turns,
            max_tokens=max_tokens,
            limit=limit,
            seed=seed,
            profile=profile.value,
            system_role=system_role,
        )
        return run_tooluse(resolve(model, base_url), out, config, data=data, command=sys.argv, tell=say)

    from windward.evals.data import DataError

    finished(work, (DataError,))
