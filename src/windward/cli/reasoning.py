"""`windward eval reasoning`, `eval grade`, `eval selfcheck`: the twelve tests of the Eurus suite."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, refuse, say

if TYPE_CHECKING:
    from windward.evals.reasoning.items import Mode
    from windward.grading.policies import Policy


class MathsChoice(StrEnum):
    """How maths is asked."""

    both = "both"
    cot = "cot"
    pot = "pot"


class PolicyChoice(StrEnum):
    """By whose rules replies are judged."""

    strict = "strict"
    released = "released"
    both = "both"


class PresetChoice(StrEnum):
    """How replies are drawn."""

    greedy = "greedy"
    paper = "paper"


Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the problems; without it, WINDWARD_DATA's reasoning/."),
]
Source = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=FILE",
        help="Problems of one benchmark from a file, folder or hub data set (repeatable).",
    ),
]
Judge = Annotated[
    PolicyChoice, typer.Option(help="Rules: ours, the released ones with their tolerances, or both.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file to `windward eval`."""
    del app
    evals.command(
        "reasoning",
        epilog="On this machine: windward eval reasoning --model embedded --benchmark svamp --limit 40 --out svamp  ·  "
        "An endpoint: windward eval reasoning --model NAME --base-url http://localhost:8000/v1 --out twelve",
    )(reasoning)
    evals.command("grade", epilog="windward eval grade saved.jsonl --benchmark svamp --mode pot")(grade)
    evals.command("selfcheck", epilog="windward eval selfcheck --benchmark svamp --benchmark mbpp")(selfcheck)


def reasoning(
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:N]",
            help="A benchmark, or N items of it drawn by the seed (repeatable); without it, those that a data folder "
            "holds.",
        ),
    ] = None,
    maths: Annotated[
        MathsChoice, typer.Option(help="Maths in words (cot), as programs (pot), or both.")
    ] = MathsChoice.both,
    preset: Annotated[
        PresetChoice, typer.Option(help="Greedy, or the temperatures of the release's scripts.")
    ] = PresetChoice.greedy,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="New tokens of a reply at most; without it, the release's.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Items of each benchmark at most, drawn by the seed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of items, and of sampled replies.")] = 0,
    policy: Judge = PolicyChoice.strict,
    data: Data = None,
    source: Source = None,
    mint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of a `windward eval mint` run of this model: the last two tests."
        ),
    ] = None,
    allow_contaminated: Annotated[
        bool,
        typer.Option(
            "--allow-contaminated", help="Score a checkpoint even on what its training.json says it has seen."
        ),
    ] = False,
) -> None:
    """The twelve tests of the Eurus suite: code, maths in words and as programs, logic, instructions.

    Programs and code run in the isolated interpreter. Killed at any point, the same command goes on where it was.
    """
    named = [one.partition(":") for one in benchmark or ()]

    def work() -> Path:
        from windward.evals.contaminated import contaminated
        from windward.evals.reasoning.items import MINT_COLUMNS, SHARES
        from windward.evals.reasoning.live import SHIPPED, ReasoningConfig, run_reasoning
        from windward.models import resolve

        names = tuple(name for name, _, _ in named) or SHIPPED
        config = ReasoningConfig(
            benchmarks=tuple(dict.fromkeys(names)),
            modes=_modes(maths),
            preset=preset.value,
            max_tokens=max_tokens,
            limit=limit,
            limits={name: _count(count) for name, colon, count in named if colon},
            seed=seed,
            policies=_policies(policy),
            sources=_sources(source or ()),
        )
        tests = (*names, *(MINT_COLUMNS if mint else ()))
        scored = (*tests, *(other for test in tests for other in SHARES.get(test, ())))
        seen = contaminated(model, () if base_url else scored, allowed=allow_contaminated)
        return run_reasoning(
            resolve(model, base_url),
            out,
            config,
            data=data,
            mint=mint,
            contaminated=seen,
            command=sys.argv,
            tell=say,
        )

    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError

    finished(work, (ContaminatedError, DataError))


def grade(
    saved: Annotated[
        Path, typer.Argument(metavar="SAVED.jsonl", help='Replies: {"id": …, "response": …} a line.')
    ],
    benchmark: Annotated[str, typer.Option(metavar="NAME", help="What the replies answer.")],
    mode: Annotated[
        MathsChoice, typer.Option(help="Of maths: replies in words (cot) or as programs (pot).")
    ] = MathsChoice.cot,
    policy: Judge = PolicyChoice.strict,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the result; without it, SAVED-graded beside the file."),
    ] = None,
    data: Data = None,
    source: Source = None,
) -> None:
    """Judges saved replies, without any model.

    A hand-made or foreign generation is judged as one of `windward eval reasoning` is; items without a reply are counted.
    """
    if mode is MathsChoice.both:
        refuse("saved replies were made one way: --mode cot or --mode pot")

    def work() -> Path:
        from windward.evals.reasoning.saved import grade_saved

        return grade_saved(
            saved,
            benchmark,
            out or saved.with_name(f"{saved.stem}-graded"),
            mode=_modes(mode)[0],
            policies=_policies(policy),
            data=data,
            source=_sources(source or ()).get(benchmark),
            command=sys.argv,
            tell=say,
        )

    from windward.evals.data import DataError

    finished(work, (DataError,))


def selfcheck(
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A benchmark (repeatable); without it, all that are there."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Items of each benchmark at most, drawn by the seed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of this draw.")] = 0,
    policy: Annotated[
        PolicyChoice, typer.Option(help="Rules: ours, or the released ones.")
    ] = PolicyChoice.strict,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the table is written.")] = Path("selfcheck"),
    data: Data = None,
    source: Source = None,
) -> None:
    """Checks the tests themselves: right answers must score 100 %, answers that know nothing 0 %.

    Where a constant can be right it may score what it deserves, and no more; the table says how much. Ends with 1 where
    a benchmark fails.
    """
    if policy is PolicyChoice.both:
        refuse("one policy at a time: --policy strict or --policy released")
    failed = 0

    def work() -> Path:
        nonlocal failed
        from windward.evals.reasoning.selfcheck import run_selfcheck

        made, failed = run_selfcheck(
            out,
            benchmarks=tuple(benchmark or ()),
            limit=limit,
            seed=seed,
            policy=_policies(policy)[0],
            data=data,
            sources=_sources(source or ()),
            tell=say,
        )
        return made

    from windward.evals.data import DataError

    finished(work, (DataError,))
    if failed:
        typer.echo(f"failed: {failed} checks", err=True)
        raise typer.Exit(1)


def _modes(maths: MathsChoice) -> tuple[Mode, ...]:
    if maths is MathsChoice.both:
        return "cot", "pot"
    return ("cot",) if maths is MathsChoice.cot else ("pot",)


def _policies(policy: PolicyChoice) -> tuple[Policy, ...]:
    if policy is PolicyChoice.both:
        return "strict", "released"
    return ("strict",) if policy is PolicyChoice.strict else ("released",)


def _sources(named: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in named:
        name, equals, where = one.partition("=")
        if not equals or not where:
            refuse(f"--source {one}: name the benchmark too, as in --source bbh=FOLDER")
        found[name] = where
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        refuse(f"--benchmark NAME:{text}: how many items? A whole number, at least 1")
    return int(text)
