"""`windward controllable rows`: rows to train controllable policies and their baselines on."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say

Objectives = Annotated[
    list[str],
    typer.Option(
        "--objective",
        metavar="NAME[=LOW:HIGH]",
        help="What can be asked for (repeatable, order counts): helpfulness, honesty, truthfulness, instruction_following, "
        "harmlessness; computed: brevity, length, bullets, json, confidence, english, refusal; or any column of ratings with its "
        "scale, such as politeness=1:5.",
    ),
]

controllable = typer.Typer(help="Policies that keep to the levels that are asked for.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds `rows` and `tokens` to `windward controllable`."""
    controllable.command(
        epilog="windward controllable rows judged --objective helpfulness --objective honesty --out rows  ·  "
        "windward controllable rows answers.jsonl --objective brevity --objective bullets --out rows"
    )(rows)
    controllable.command()(tokens)
    app.add_typer(controllable, name="controllable")


class QuotasChoice(StrEnum):
    """Which conditions pairs are under."""

    balanced = "balanced"
    paper = "paper"


class StyleChoice(StrEnum):
    """How a condition is written."""

    text = "text"
    tokens = "tokens"


def rows(
    records: Annotated[
        Path,
        typer.Argument(
            metavar="RECORDS",
            help="Folder of a feedback step, its records.parquet, or rows (JSONL, Parquet) with instruction and completions, each "
            "with response and annotations.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the rows: new, or of the same run.")
    ],
    objective: Objectives,
    quotas: Annotated[
        QuotasChoice,
        typer.Option(help="Pairs for each set of objectives alike, or the released counts' shares."),
    ] = QuotasChoice.balanced,
    style: Annotated[
        StyleChoice,
        typer.Option(help="Plain text as in the paper, or a token a level (windward controllable tokens)."),
    ] = StyleChoice.text,
    per_prompt: Annotated[int, typer.Option(min=1, help="Conditions of a prompt among the pairs.")] = 1,
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
) -> None:
    """Rows of rated answers: demonstrations (cpsft), pairs under conditions (cdpo), and the baselines' on the same answers.

    Then: windward train sft --rows DIR/cpsft.parquet …, and windward train preference --model checkpoints/cpsft --rows
    DIR/cdpo.parquet …: the CPSFT model is the reference policy.
    """
    from windward.evals.data import DataError
    from windward.feedback import FeedbackFileError
    from windward.recipes.errors import RecipeError

    def work() -> Path:
        from windward.evals.control.objectives import read_objectives
        from windward.recipes.controllable.rows import RowsConfig, make_rows

        config = RowsConfig(read_objectives(objective), quotas.value, style.value, per_prompt, seed)
        return make_rows(records, out, config, command=sys.argv, tell=say)

    finished(work, (DataError, FeedbackFileError, RecipeError))


def tokens(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint folder or hub name.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the new checkpoint.")],
    objective: Objectives,
) -> None:
    """A checkpoint whose vocabulary has a token for each level, for rows with --style tokens."""
    from windward.evals.data import DataError
    from windward.recipes.errors import RecipeError

    def work() -> Path:
        from windward.evals.control.objectives import read_objectives
        from windward.recipes.controllable.vocabulary import with_tokens

        return with_tokens(checkpoint, out, read_objectives(objective), tell=say)

    finished(work, (DataError, RecipeError))
