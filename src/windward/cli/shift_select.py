"""`windward shift select`: which sets may stand out of distribution beside a set in distribution?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.options import RunFolder, named_path
from windward.cli.outcome import finished, say
from windward.cli.shift import shift

if TYPE_CHECKING:
    from windward.evals.shift.selection import SelectionReport


def register(app: typer.Typer) -> None:
    """Adds `select` to `windward shift`."""
    del app
    shift.command(
        epilog="windward shift select --id amazon=amazonReviewSnippets.tsv --candidate movie=movieReviewSnippets.tsv "
        "--candidate nyt=nytEditorialSnippets.tsv --candidate tweets=tweets.tsv --out selection"
    )(select)


def select(
    id_set: Annotated[
        str,
        typer.Option(
            "--id",
            metavar="NAME=PATH",
            help="The set in distribution: texts and labels in CSV, TSV, JSONL or Parquet.",
        ),
    ],
    candidate: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PATH",
            help="A set that may stand out of distribution (repeatable); of two that are alike the first stays.",
        ),
    ],
    out: RunFolder,
    text_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column of the texts in all files, where they name it so."),
    ] = None,
    label_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the labels, likewise.")
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Sentence encoder: embedded (all-MiniLM-L6-v2), a checkpoint folder or a hub id.",
        ),
    ] = "embedded",
    encoded: Annotated[
        int, typer.Option(min=2, metavar="N", help="Texts of a set that are encoded, at most.")
    ] = 3_000,
    max_similarity: Annotated[
        float,
        typer.Option(metavar="C", help="Centroid cosine x 100 from which on two sets are one distribution."),
    ] = 80.0,
    min_drop: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Accuracy that the probe must lose at least.")
    ] = 0.02,
    min_rows: Annotated[int, typer.Option(min=1, metavar="N", help="Fewest texts of a set.")] = 500,
    threshold: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Share of overlapping rows from which on a pair is refused."
        ),
    ] = 0.01,
    seed: Annotated[int, typer.Option(help="Of the draws of texts, of the split and of the bootstrap.")] = 0,
) -> None:
    """Holds candidate sets against a set in distribution, and says of each why it is in or out.

    Rules: size, labels, balance, leakage (rows that are trained on), likeness to the set in distribution and to the sets that are in (cosine
    of centroids), and the accuracy that a probe trained in distribution loses. A TSV of id, rating and text without a header is read
    as the rated sentences of VADER. Writes selection.json, results.parquet, report.html, run.json and vectors/. Killed at any point, the same command goes on.
    """
    from windward.evals.shift.task import ShiftError
    from windward.reports.run_folder import ReportError
    from windward.rows.labelled import LabelledError

    given = [named_path(one) for one in (id_set, *candidate)]

    def work() -> Path:
        import windward.models
        from windward.evals.shift.overlap import OverlapConfig
        from windward.evals.shift.selection import SelectionConfig
        from windward.evals.shift.selection_run import select_sets
        from windward.evals.shift.text_files import read_text_set

        config = SelectionConfig(
            min_rows=min_rows,
            max_similarity=max_similarity,
            min_drop=min_drop,
            overlap=OverlapConfig(threshold=threshold),
            encoded=encoded,
            seed=seed,
        )
        sets = [read_text_set(name, path, text=text_column, label=label_column) for name, path in given]
        for one in sets:
            say(f"{one.name}: {one.read}")
        model = windward.models.sentence_encoder(encoder)
        report = select_sets(sets[0], sets[1:], out, encoder=model, config=config, command=sys.argv, tell=say)
        _show(report)
        return out / "report.html"

    finished(work, (LabelledError, ReportError, ShiftError))


def _show(report: SelectionReport) -> None:
    if report.remark:
        say(report.remark)
    wide = max(len(one.dataset) for one in report.verdicts)
    say(
        f"{'set':<{wide}}  {'texts':>7}  {'cosine':>6}  {'overlap':>8}  {'ID acc.':>7}  {'accuracy':>8}  verdict"
    )
    for one, verdict in zip(report.measured, report.verdicts, strict=True):
        drop = one.drops[0] if one.drops else None
        inside, outside = (
            (f"{100 * rate:.1f}" for rate in (drop.within.rate, drop.without)) if drop else ("", "")
        )
        say(
            f"{verdict.dataset:<{wide}}  {len(one.candidate.texts):>7,}  {one.similarity.cosine:>6.1f}  {100 * one.overlap.share:>6.2f} %  "
            f"{inside:>7}  {outside:>8}  {verdict.said}"
        )
