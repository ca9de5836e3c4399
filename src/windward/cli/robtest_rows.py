"""`windward robtest`: changed texts to look at, to train on, or to ask any benchmark with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.outcome import finished, refuse, say

if TYPE_CHECKING:
    from windward.evals.robtest.perturbed import Mode

robtest = typer.Typer(
    help="Realistic change of texts: to look at, to train on, or to ask any benchmark with.",
    no_args_is_help=True,
)


class ModeChoice(StrEnum):
    """What a degree counts."""

    general = "general"
    malicious = "malicious"


ModeOption = Annotated[
    ModeChoice | None,
    typer.Option(
        help="General change is counted in words, malicious change in characters; else the first that the dimension has."
    ),
]
KeepOption = Annotated[
    list[str] | None, typer.Option(metavar="WORD", help="A word that is never touched (repeatable).")
]
SeedOption = Annotated[int, typer.Option(help="Of all draws.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(robtest, name="robtest")


@robtest.command(
    epilog='A look: windward robtest perturb "a charming film" --dimension typo --degree 0.3  ·  '
    "A benchmark's file: windward robtest perturb gsm8k.jsonl --column prompt --dimension typo --degree 0.1 --out typos.jsonl"
)
def perturb(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE", help="A text; or, with --column, a CSV, TSV, JSONL or Parquet file."
        ),
    ],
    dimension: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="typo, glyph, phonetic, synonym, contextual, inflection, syntax or distraction; several for a TEXT (repeatable).",
        ),
    ],
    degree: Annotated[float, typer.Option(min=0, max=1, metavar="D", help="No change exceeds it.")],
    samples: Annotated[int, typer.Option(min=1, metavar="N", help="Of a TEXT.")] = 5,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a FILE: whose texts are changed, once each.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Of a FILE: where it goes, of the same kind.")
    ] = None,
    mode: ModeOption = None,
    keep: KeepOption = None,
    seed: SeedOption = 0,
) -> None:
    """Changes a text, and shows samples with what they realise; or one column of a file, and leaves the others as they are.

    Of a FILE, what was changed is written beside it, to FILE.edits.jsonl.
    """
    from windward.evals.robtest.dimension import RobTestError

    chosen: Mode | None = None if mode is None else mode.value
    if column is not None or out is not None:
        if column is None or out is None:
            refuse("a file needs both --column NAME and --out FILE; a text needs neither")
        if len(dimension) > 1:
            refuse(
                "a file is changed in one way: give one --dimension, and change the result again for another"
            )

        def work() -> Path:
            from windward.evals.robtest.adversarial_files import perturb_file
            from windward.evals.robtest.adversarial_rows import dimension_of

            rows, changed = perturb_file(
                Path(text),
                out,
                column,
                dimension_of(dimension[0]),
                degree,
                mode=chosen,
                seed=seed,
                keep=keep or (),
            )
            say(f"{changed:,} of {rows:,} texts changed")
            return out

        finished(work, (RobTestError,))
        return
    try:
        for name in dimension:
            if len(dimension) > 1:
                say(name)
            _show(text, name, degree, samples, chosen, seed, keep or ())
    except RobTestError as error:
        refuse(str(error))


def _show(
    text: str,
    dimension: str,
    degree: float,
    samples: int,
    mode: Mode | None,
    seed: int,
    keep: list[str] | tuple[str, ...],
) -> None:
    from windward.evals.robtest.adversarial_rows import dimension_of
    from windward.evals.robtest.dimension import perturb as perturbed

    if Path(text).suffix in (".jsonl", ".csv", ".tsv", ".parquet") and Path(text).is_file():
        refuse(f"{text} is a file: name the --column to change, and --out")
    found = perturbed(dimension_of(dimension), text, degree, n=samples, mode=mode, seed=seed, keep=keep)
    for sample in found.samples:
        say(f"{sample.degree:.3f}  {_visible(sample.text)}")
    if not found.samples[0].edits:
        say(f"nothing of it can change by {degree:g} of its {found.unit}")
    elif found.shortfall:
        say(f"{len(found.samples)} of {samples}: there are no more distinct ones")


def _visible(text: str) -> str:
    """A text without what moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@robtest.command(
    epilog="windward robtest rows train.tsv --dimension typo --dimension glyph --degree 0.2 --out rows.jsonl  ·  "
    "windward train classifier --data rows.jsonl --out checkpoints/hardened"
)
def rows(
    data: Annotated[
        Path, typer.Argument(metavar="FILE", help="Texts and labels: CSV, TSV, JSONL or Parquet.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The rows: a name ending in .jsonl.")],
    dimension: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Of the copies (repeatable); those not named stay held out."),
    ],
    degree: Annotated[
        list[float] | None,
        typer.Option(min=0, max=1, metavar="D", help="Of the copies (repeatable); 0.2 without."),
    ] = None,
    copies: Annotated[
        int, typer.Option(min=1, metavar="N", help="Of each text, in each dimension and at each degree.")
    ] = 1,
    mode: ModeOption = None,
    keep: KeepOption = None,
    text_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the texts.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the labels.")] = None,
    seed: SeedOption = 0,
) -> None:
    """Rows for training against change: every text as it is, and changed copies of it under the same label."""
    from windward.evals.robtest.dimension import RobTestError
    from windward.rows.labelled import LabelledError

    if out.suffix != ".jsonl":
        refuse(f"{out}: give --out a name ending in .jsonl")

    def work() -> Path:
        from windward.evals.robtest.adversarial_rows import RowsConfig, held_out, write_rows
        from windward.rows.labelled import read_written

        written = read_written(data, text=text_column, label=label_column)
        chosen: Mode | None = None if mode is None else mode.value
        config = RowsConfig(
            tuple(dict.fromkeys(dimension)), tuple(degree or (0.2,)), copies, chosen, tuple(keep or ()), seed
        )
        made = write_rows(out, written, config)
        say(f"{made.texts:,} texts, {made.copies:,} copies; {made.shortfall:,} could not be had")
        say(f"held out: {', '.join(held_out(config.dimensions)) or 'none'}")
        return out

    finished(work, (LabelledError, RobTestError))
