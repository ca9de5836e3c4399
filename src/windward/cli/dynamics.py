"""`windward dynamics`: studies of what the order of training rows does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from windward.cli.outcome import finished, refuse

if TYPE_CHECKING:
    from windward.evals.dynamics.measure import DynamicsSettings

dynamics = typer.Typer(
    help="What the order of training rows does: the same rows in other orders, and a stream of tasks.",
    no_args_is_help=True,
)
TRAINING = ("learning_rate", "batch_size", "checkpoint_steps", "max_length", "lora_rank")
"""Options of `cli.training_options` that both studies take."""
Seeds = Annotated[
    list[int] | None,
    typer.Option("--seed", metavar="N", help="A replicate (repeatable).", show_default="0, 1, 2"),
]
Within = Annotated[
    float,
    typer.Option(
        min=0, max=0.99, metavar="SHARE", help="How near to the final figure is where generalisation happens."
    ),
]
Encoder = Annotated[
    str, typer.Option(metavar="NAME", help="`embedded` (all-MiniLM-L6-v2), a folder, or a hub id.")
]
Cache = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keeps the vectors for other runs too.", show_default="OUT/vectors"),
]
TaskColumn = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Names a row's task.", show_default="task, where there is one"),
]
Generate = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Answer the first N tested rows too, for ROUGE-L and exact match (the paper: 120).",
    ),
]
AnswerTokens = Annotated[
    int, typer.Option(min=1, metavar="N", help="With --generate: tokens of an answer at most.")
]
Reward = Annotated[
    Path | None, typer.Option(metavar="DIR", help="With --generate: a reward model that scores the answers.")
]
Keep = Annotated[bool, typer.Option(help="Keep the checkpoints.")]
Jobs = Annotated[int, typer.Option(min=1, help="Runs at a time, in processes of their own.")]


def register(app: typer.Typer) -> None:
    """Adds the group; its commands stand in files of their own."""
    app.add_typer(dynamics, name="dynamics")


def measured(max_length: int, generate: int, answer_tokens: int, reward: Path | None) -> DynamicsSettings:
    """What is measured of a checkpoint; the command ends where it cannot be."""
    from windward.evals.dynamics.measure import DynamicsSettings

    try:
        return DynamicsSettings(
            max_length=max_length, generate=generate, answer_tokens=answer_tokens, reward=reward
        )
    except ValueError as error:
        refuse(str(error))


def training_of(given: dict[str, Any]) -> Any:
    """How runs are trained, of the options in `TRAINING`."""
    from windward.recipes.arrangement.study_cells import Training

    return Training(**{name: given[name] for name in TRAINING})


def studied(work: Callable[[], Path]) -> None:
    """Does a study and says where its page is, or what kept it from being made."""
    from windward.evals.dynamics import DynamicsError
    from windward.recipes.arrangement.texts import ArrangeError
    from windward.training import OutputError, RowError

    finished(work, (ArrangeError, DynamicsError, OutputError, RowError, ValueError, FloatingPointError))
