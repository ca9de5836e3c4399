"""`windward train critique`: a model that criticises, from audited critiques."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from windward.cli.outcome import refuse, say
from windward.cli.train import config_of, lines, path_of, run, train
from windward.cli.training_options import ModelOption, OutOption, settings


def register(app: typer.Typer) -> None:
    """Adds the command of this file to `windward train`."""
    del app
    train.command("critique")(critique)


@settings("learning_rate", "warmup", "epochs", "lora_rank", "order", "seed", epochs=2)
def critique(
    records: Annotated[
        Path,
        typer.Option(
            "--records", metavar="RECORDS", help="Audited: a folder of windward feedback audit, or a file."
        ),
    ],
    out: OutOption,
    model: ModelOption = "embedded",
    held_out: Annotated[
        Path | None,
        typer.Option(
            "--held-out",
            metavar="RECORDS",
            help="Other audited records: likelihood, parse rate and rank correlation there, before and after.",
        ),
    ] = None,
    held_out_limit: Annotated[
        int | None, typer.Option(min=1, help="Critiques of --held-out at most, the first ones.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a critique on --held-out.")] = 512,
    batch_size: Annotated[int, typer.Option(help="Critiques a step.")] = 256,
    micro_batch_size: Annotated[
        int | None, typer.Option(help="Critiques a forward; more of them need more memory.")
    ] = 4,
    max_length: Annotated[
        int, typer.Option(help="Tokens of prompt and critique; a longer prompt loses its beginning.")
    ] = 2048,
    **given: Any,
) -> None:
    """Learns critiques with their overall score (UltraCM); the prompt is read, not learnt.

    The defaults are the paper's settings; each can be changed. Only scores that the audit kept or repaired are learnt;
    what is left out is counted, with the reason. The result is a judge: windward feedback critique RECORDS --judge OUT

    Example: windward train critique --records audited --out checkpoints/critic --batch-size 16 --held-out audited-test
    """
    from windward.feedback import FeedbackFileError
    from windward.recipes.critique_model import PRESET, train_critique
    from windward.recipes.errors import RecipeError

    sizes = {"batch_size": batch_size, "micro_batch_size": micro_batch_size, "max_length": max_length}
    config = config_of(_changed(PRESET), given | sizes)
    try:
        run(lambda: train_critique(path_of(model), records, out, config, on_step=lines(), tell=say))
        if held_out is not None:
            _measure(path_of(model), out, held_out, held_out_limit, max_tokens)
    except (RecipeError, FeedbackFileError) as error:
        refuse(str(error))


def _changed(preset: Any) -> Any:
    from dataclasses import replace

    return lambda **changed: replace(preset, **changed)


def _measure(start: str | Path, out: Path, held_out: Path, limit: int | None, max_tokens: int) -> None:
    from windward.cli.outcome import finished
    from windward.feedback import FeedbackFileError
    from windward.recipes.errors import RecipeError

    def work() -> Path:
        from windward.models import local
        from windward.recipes.critique_model import measure_critique

        folder = Path(f"{out}.held-out")
        models = {"before": local(start), "after": local(out)}
        measure_critique(
            models, held_out, folder, max_tokens=max_tokens, limit=limit, command=sys.argv, tell=say
        )
        return folder / "results.parquet"

    finished(work, (RecipeError, FeedbackFileError))
