"""Options that the commands of `windward train` share, each worded once, and how a command takes some of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

Command = Callable[..., None]

ModelOption = Annotated[
    str, typer.Option("--model", help="Starting checkpoint: `embedded`, a folder, or a model on the hub.")
]
RowsOption = Annotated[Path, typer.Option("--rows", help="Parquet file of rows.")]
OutOption = Annotated[
    Path, typer.Option("--out", help="Folder of the result; the same command again resumes.")
]
MixOption = Annotated[
    Path | None, typer.Option("--mix", help="Parquet file of other rows (`messages`), among these.")
]
ShareOption = Annotated[
    float | None,
    typer.Option(
        help="Share of an epoch's rows that come from --mix, drawn by the seed; without it, all of them."
    ),
]

SETTINGS: dict[str, tuple[Any, Any]] = {
    "learning_rate": (Annotated[float, typer.Option(help="Peak of AdamW's rate.")], 2e-5),
    "warmup": (
        Annotated[
            float,
            typer.Option(
                help="Share of the steps that warm up; from 1 on, how many. A constant rate has none."
            ),
        ],
        0.1,
    ),
    "epochs": (Annotated[int, typer.Option(help="Passes over the rows.")], 1),
    "batch_size": (Annotated[int, typer.Option(help="Rows a step.")], 8),
    "micro_batch_size": (
        Annotated[int | None, typer.Option(help="Rows a forward, where a batch does not fit the memory.")],
        None,
    ),
    "max_length": (
        Annotated[
            int, typer.Option(help="Tokens of prompt and answer; a longer prompt loses its beginning.")
        ],
        1024,
    ),
    "lora_rank": (
        Annotated[int, typer.Option(help="Rank of LoRA adapters, merged at the end; 0 trains all weights.")],
        0,
    ),
    "order": (
        Annotated[
            str,
            typer.Option(
                help="`shuffled`, `given` (as the rows lie in the file), or a column of numbers, as `windward arrange` adds."
            ),
        ],
        "shuffled",
    ),
    "schedule": (
        Annotated[
            str,
            typer.Option(
                help="Of the rate: `cosine` to zero, `constant`, or `auto`: constant in the order of a column."
            ),
        ],
        "auto",
    ),
    "checkpoint_steps": (
        Annotated[
            int | None,
            typer.Option(help="Keep a checkpoint of every so many steps, from step 0 on.", metavar="N"),
        ],
        None,
    ),
    "group": (
        Annotated[
            str,
            typer.Option(
                help="What --batch-size counts: `row`, or `tree` (the rows of one `tree_id` together)."
            ),
        ],
        "row",
    ),
    "seed": (Annotated[int, typer.Option(help="Of row order and adapters.")], 0),
}
"""Fields of `windward.training.config` as options, with their usual defaults (tests compare them)."""


def settings(*names: str, **defaults: Any) -> Callable[[Command], Command]:
    """A command whose last parameter is `**settings` takes these options of `SETTINGS`, in their order.

    Args:
        names: of `SETTINGS`.
        defaults: where they are not the usual ones.
    """

    def with_options(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        *own, _ = inspect.signature(command).parameters.values()
        taken = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults.get(name, SETTINGS[name][1]),
                annotation=SETTINGS[name][0],
            )
            for name in names
        ]

        def called(**given: Any) -> None:
            command(**given)

        own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[one.name]) for one in own]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__signature__ = inspect.Signature([*own, *taken])  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in (*own, *taken)}
        return called

    return with_options
