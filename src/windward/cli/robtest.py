"""`windward eval robtest`: how robust is this classifier, by dimension and degree of change?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say


def register(app: typer.Typer) -> None:
    """Adds `robtest` to `windward eval`."""
    del app
    evals.command(
        "robtest",
        epilog="Everything: windward eval robtest --model checkpoint --data dev.tsv --out robust  ·  A quick look: windward eval robtest "
        "--model checkpoint --data dev.tsv --dimension typo --dimension glyph --limit 100 --samples 5 --out look",
    )(robtest)


def robtest(
    out: RunFolder,
    model: Annotated[
        str, typer.Option(metavar="PATH", help="A checkpoint with a classification head: folder or hub id.")
    ],
    data: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Texts and labels: CSV, TSV, JSONL or Parquet with text (or sentence) and label.",
        ),
    ],
    dimension: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this dimension (repeatable): typo, glyph, …."),
    ] = None,
    degree: Annotated[
        list[float] | None,
        typer.Option(
            metavar="D", help="Only this degree (repeatable); 0, .05, .1, .2, .3, .4, .5, .6 without."
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, metavar="N", help="Samples of each text, dimension and degree.")
    ] = 10,
    limit: Annotated[int | None, typer.Option(min=1, help="Texts at most, drawn by the seed.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="A word that is never touched (repeatable).")
    ] = None,
    text_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the texts.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the labels.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draws of texts and samples.")] = 0,
) -> None:
    """How a classifier holds up against typos, look-alikes, synonyms and other change: average and worst case by degree.

    Writes samples/ (every perturbed text with its edits and what the model said), results.parquet, report.html and run.json. Killed at any
    point, the same command goes on where it was. No network is used.
    """
    from windward.evals.robtest.dimension import RobTestError
    from windward.rows.labelled import LabelledError

    def work() -> Path:
        from windward.evals.robtest.checkpoint import checkpoint_classifier
        from windward.evals.robtest.measure import RobTestConfig, measure
        from windward.evals.robtest.perturbed import DEGREES
        from windward.rows.labelled import drawn, read_labelled

        victim = checkpoint_classifier(model)
        rows = read_labelled(data, text=text_column, label=label_column, classes=victim.classes)
        config = RobTestConfig(
            tuple(dimension or ()), tuple(degree or DEGREES), samples, tuple(keep or ()), seed
        )
        measure(
            victim,
            drawn(rows, limit, seed),
            victim.classes,
            config,
            out,
            dataset=data.stem,
            command=sys.argv,
            tell=say,
        )
        return out / "report.html"

    finished(work, (LabelledError, RobTestError))
