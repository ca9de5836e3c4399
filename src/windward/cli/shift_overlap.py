"""`windward shift overlap`: may a model that is trained on one file be tested on the other?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.shift import shift

if TYPE_CHECKING:
    from windward.evals.shift.overlap import Overlap

_TOLD = {
    "exact": "letter for letter",
    "normalised": "the same but for case, punctuation, spacing and tokenisation",
    "near": "a training row changed a little, or a part of one",
}


def register(app: typer.Typer) -> None:
    """Adds `overlap` to `windward shift`."""
    del app
    shift.command(
        epilog="windward shift overlap train.tsv test.tsv --json overlap.json  ·  "
        "In a build: windward shift overlap train.jsonl test.jsonl --train-column review --json overlap.json --strict"
    )(overlap)


def overlap(
    train: Annotated[
        Path, typer.Argument(metavar="TRAIN", help="Texts that are trained on: CSV, TSV, JSONL or Parquet.")
    ],
    test: Annotated[Path, typer.Argument(metavar="TEST", help="Texts that are tested on, likewise.")],
    out: Annotated[
        Path,
        typer.Option("--json", metavar="OUT", help="JSON file of the same, with the rows and example pairs."),
    ],
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of the texts in both files; else text, sentence, comment_text, review or content.",
        ),
    ] = None,
    train_column: Annotated[str | None, typer.Option(metavar="NAME", help="In TRAIN alone.")] = None,
    test_column: Annotated[str | None, typer.Option(metavar="NAME", help="In TEST alone.")] = None,
    threshold: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Share of TEST's rows from which on the pair is refused."
        ),
    ] = 0.01,
    similarity: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1,
            metavar="S",
            help="Of near duplicates at least: letters in common, in order, from 0 to 1.",
        ),
    ] = 0.8,
    examples: Annotated[int, typer.Option(min=0, metavar="N", help="Pairs of each kind in OUT.")] = 10,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if the pair is refused.")] = False,
) -> None:
    """Counts the rows of TEST that stand in TRAIN already, and refuses the pair if they are too many.

    Every row of TEST is counted once: as an exact copy, as a normalised one (case, accents, punctuation, spacing, and tokenisation as in
    `does n't` make no difference), or as a near duplicate (of texts of 6 words and more). Shorter texts must be equal to count.

    OUT holds counts, share and its 95 % interval, verdict, the numbers of the rows (from 1, without a header) and example pairs. A
    refusal is a result and no failure: the command exits with 0, unless --strict is given. What cannot be read exits with 2.
    """
    from windward.evals.shift.task import ShiftError
    from windward.rows.labelled import LabelledError

    found: list[Overlap] = []

    def work() -> Path:
        from windward.evals.folder import write_json
        from windward.evals.shift.overlap import OverlapConfig
        from windward.evals.shift.overlap import overlap as measured
        from windward.evals.shift.selection_files import overlap_record
        from windward.evals.shift.text_files import first_words, read_plain_texts

        learnt = read_plain_texts(train, text=train_column or column)
        asked = read_plain_texts(test, text=test_column or column)
        for name, path, texts in (("train", train, learnt), ("test", test, asked)):
            say(f"{name:<12}{len(texts):>9,} texts of {path.name}, the first: {first_words(texts)}")
        one = measured(learnt, asked, OverlapConfig(threshold=threshold, similarity=similarity))
        found.append(one)
        for kind, count in one.counts.items():
            say(f"{kind:<12}{count:>9,} {100 * count / one.test_rows:6.2f} %  {_TOLD[kind]}")
        if one.empty:
            say(f"{'empty':<12}{one.empty:>9,} {100 * one.empty / one.test_rows:6.2f} %  nothing to compare")
        say(one.verdict)
        out.parent.mkdir(parents=True, exist_ok=True)
        files = {"train": str(train), "test": str(test)}
        write_json(out, files | overlap_record(one, learnt, asked, examples))
        return out

    finished(work, (LabelledError, ShiftError))
    if strict and found[0].refused:
        raise typer.Exit(1)
