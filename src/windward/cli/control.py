"""`windward eval control`: does a model do what it is asked for, at every level?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.controllable_rows import Objectives, StyleChoice
from windward.cli.eval import evals
from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, refuse, say


def register(app: typer.Typer) -> None:
    """Adds `control` to `windward eval`."""
    del app
    evals.command(
        "control",
        epilog="Computed levels: windward eval control --model checkpoints/cdpo --prompts prompts.jsonl --objective brevity "
        "--objective bullets --out controlled  ·  Judged: windward eval control --model NAME --base-url URL --honesty --objective "
        "honesty --judge NAME --judge-base-url URL --out honest  ·  Harm: windward eval control --model NAME --harm requests.jsonl "
        "--objective harmlessness --judge NAME --out harm",
    )(control)


def control(
    out: RunFolder,
    model: ModelName,
    objective: Objectives,
    base_url: BaseUrl = None,
    prompts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Prompts: rows with instruction, prompt or messages, perhaps domain."
        ),
    ] = None,
    honesty: Annotated[
        bool,
        typer.Option("--honesty", help="HaluEval's 200 questions: WINDWARD_DATA's honesty/halueval.json."),
    ] = False,
    harm: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Harmful requests of yours: rows with prompt and level (of the attack)."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="NAME", help="Model that rates what no program computes.")
    ] = None,
    judge_base_url: Annotated[str | None, typer.Option(help="Endpoint of --judge.")] = None,
    style: Annotated[
        StyleChoice, typer.Option(help="How conditions are written: as the model learnt them.")
    ] = StyleChoice.text,
    together: Annotated[
        bool, typer.Option("--together", help="Ask for each combination of levels, too.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Ask without conditions only: for models trained without them.")
    ] = False,
    specialist: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OBJECTIVE=DIR",
            help="Run (--plain) of a model trained for this objective alone, for the alignment tax (repeatable).",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Prompts at most, drawn by the seed.")] = None,
    temperature: Annotated[float, typer.Option(min=0, help="Of the answers.")] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of an answer at most.")] = 512,
    judge_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a judge's reply at most.")] = 512,
    tries: Annotated[int, typer.Option(min=1, help="Replies of the judge at most for one rating.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the draws and of the bootstrap.")] = 0,
    allow_contaminated: Annotated[
        bool,
        typer.Option("--allow-contaminated", help="Score a checkpoint even on what its training.json names."),
    ] = False,
) -> None:
    """Control: each prompt is asked at every level of each objective, and free; what came is rated without being told.

    Programs rate what can be computed; a --judge rates helpfulness, honesty, truthfulness, instruction following and harm. Without one,
    harmlessness is whether the first words refuse (a word list, and labelled so). Killed at any point, the same command goes on.
    """
    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError

    if sum((prompts is not None, honesty, harm is not None)) != 1:
        refuse("say what is asked: one of --prompts FILE, --honesty, --harm FILE")

    def work() -> Path:
        from windward.evals.contaminated import contaminated
        from windward.evals.control.measure import ControlConfig, measure_control
        from windward.evals.control.objectives import read_objectives
        from windward.evals.control.prompts import HONESTY, honesty_prompts, read_harmful, read_prompts
        from windward.models import resolve

        config = ControlConfig(
            read_objectives(objective), style.value, together, plain, limit, temperature, max_tokens, judge_tokens, tries, seed
        )  # fmt: skip
        if honesty:
            asked, dataset = honesty_prompts(), HONESTY
        elif harm is not None:
            asked, dataset = read_harmful(harm), harm.stem
        else:
            assert prompts is not None
            asked, dataset = read_prompts(prompts), prompts.stem
        seen = contaminated(model, () if base_url else (dataset,), allowed=allow_contaminated)
        return measure_control(
            resolve(model, base_url),
            asked,
            dataset,
            out,
            config,
            judge=None if judge is None else resolve(judge, judge_base_url),
            harmful=harm is not None,
            specialists=_specialists(specialist or []),
            contaminated=seen,
            command=sys.argv,
            tell=say,
        )

    finished(work, (ContaminatedError, DataError))


def _specialists(said: list[str]) -> dict[str, Path]:
    found = {}
    for one in said:
        name, equals, folder = one.partition("=")
        if not equals or not folder:
            refuse(f"--specialist {one!r} cannot be read: write OBJECTIVE=DIR")
        found[name] = Path(folder)
    return found
