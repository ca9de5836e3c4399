"""`windward eval robtest`: how robust is this classifier, by dimension and degree of change?"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say


class ValidityChoice(StrEnum):
    """Of which samples it is measured whether they are still valid."""

    drawn = "drawn"
    all = "all"
    off = "off"


class SearchChoice(StrEnum):
    """Which score-based attacks are made."""

    none = "none"
    greedy = "greedy"
    beam = "beam"
    genetic = "genetic"
    thompson = "thompson"
    sampled = "sampled"


def register(app: typer.Typer) -> None:
    """Adds `robtest` to `windward eval`."""
    del app
    evals.command(
        "robtest",
        epilog="Everything: windward eval robtest --model checkpoint --data dev.tsv --out robust  ·  A quick look: windward eval robtest "
        "--model checkpoint --data dev.tsv --dimension typo --dimension glyph --limit 100 --samples 5 --out look  ·  "
        "A language model: windward eval robtest --model embedded --prompted --class negative --class positive --data dev.tsv --limit 20 "
        "--samples 2 --out asked  ·  Your own code: windward eval robtest --function mymodel:predict --class no --class yes --data dev.tsv "
        "--out own",
    )(robtest)


def robtest(
    out: RunFolder,
    data: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Texts and labels: CSV, TSV, JSONL or Parquet with text (or sentence) and label.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="A checkpoint with a classification head, folder or hub id; with --prompted a language model: such a folder or id, or "
            "embedded.",
        ),
    ] = None,
    prompted: Annotated[
        bool,
        typer.Option("--prompted", help="Ask --model, a causal language model, for the class of each text."),
    ] = False,
    function: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:NAME",
            help="Instead of --model, your own code (it is run): a function from a list of texts to probabilities, or a scikit-learn "
            "pipeline.",
        ),
    ] = None,
    class_: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="NAME",
            help="A class, in the order of the columns (repeatable): of --prompted and --function.",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="With --prompted: one sentence that says what is to be told of a text."
        ),
    ] = None,
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
    jobs: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Dimensions at a time, each in a process with its own copy of the model."
        ),
    ] = 1,
    validity: Annotated[
        ValidityChoice,
        typer.Option(
            help="Whether samples are still valid: similarity of about 500 of each dimension and degree, of all, or nothing."
        ),
    ] = ValidityChoice.drawn,
    encoder: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What similarity is: embedded (all-MiniLM-L6-v2), a folder, a hub id, or none; not the model.",
        ),
    ] = "embedded",
    min_similarity: Annotated[
        float,
        typer.Option(
            min=-1, max=1, help="Valid changes of meaning (synonym, …) have a cosine of at least this."
        ),
    ] = 0.8,
    min_kept: Annotated[float, typer.Option(min=0, max=1, help="And keep this share of the words.")] = 0.4,
    min_legible: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Valid changes of form (typo, glyph, phonetic) leave this share of words legible.",
        ),
    ] = 0.9,
    max_edits: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="A legible word has this share of its characters edited at most, rounded up."
        ),
    ] = 1 / 3,
    fluency: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Of so many samples of each, how much less likely they are to a language model (about 3 a second).",
        ),
    ] = 0,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="A sheet for people: written with samples and an empty column `valid`; filled in, the same command reads it.",
        ),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A model that says of some samples whether they still mean the same and keep their class.",
        ),
    ] = None,
    judge_base_url: Annotated[str | None, typer.Option(help="Endpoint of --judge.")] = None,
    looked_at: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Samples of each dimension and degree on the sheet, and for the judge."
        ),
    ] = 5,
    search: Annotated[
        SearchChoice,
        typer.Option(
            help="Attack each text besides with a search that sees the model's probabilities: by words in the order of their importance, "
            "with a beam, by a genetic algorithm, by Thompson sampling (fewest queries), or by samples alone."
        ),
    ] = SearchChoice.none,
    budget: Annotated[
        int, typer.Option(min=1, metavar="N", help="Queries of --search, a text and degree, at most.")
    ] = 500,
    search_texts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N texts are searched.")
    ] = None,
) -> None:
    """How a classifier holds up against typos, look-alikes, synonyms and other change: average and worst case by degree.

    Writes samples/ (every perturbed text with its edits and what the model said), adversarial.parquet (those that broke the model, as rows
    to train on), validity/, searches/ (the best attack on each text), results.parquet, report.html and run.json. Killed at any point, the same command goes on where it was. No
    network is used, but for models of a hub or an endpoint.
    """
    from windward.evals.robtest.dimension import RobTestError
    from windward.rows.labelled import LabelledError

    def work() -> Path:
        from windward.evals.robtest.measure import RobTestConfig, measure
        from windward.evals.robtest.perturbed import DEGREES
        from windward.evals.robtest.score_based_run import SearchRun
        from windward.evals.robtest.validity import Validity, ValidityConfig
        from windward.evals.robtest.validity_instruments import instruments
        from windward.evals.robtest.validity_run import ValidityRun
        from windward.evals.robtest.victims import victim
        from windward.models import resolve
        from windward.rows.labelled import drawn, read_labelled

        tested, classes = victim(model, prompted=prompted, function=function, classes=class_ or (), task=task)
        rows = read_labelled(data, text=text_column, label=label_column, classes=classes)
        config = RobTestConfig(
            tuple(dimension or ()), tuple(degree or DEGREES), samples, tuple(keep or ()), seed
        )
        checking = None
        if validity is not ValidityChoice.off:
            measuring = ValidityConfig(
                everything=validity is ValidityChoice.all,
                fluency=fluency,
                looked_at=looked_at,
                edits=max_edits,
                legible=min_legible,
                similarity=min_similarity,
                kept=min_kept,
            )
            made = instruments(encoder, "embedded" if fluency else "", victim=model)
            asked = None if judge is None else resolve(judge, judge_base_url)
            checking = ValidityRun(Validity(measuring, made, seed), asked, sheet)
        elif sheet is not None or judge is not None:
            raise RobTestError("--sheet and --judge look at validity: leave --validity off out")
        searching = None
        if search is not SearchChoice.none:
            searching = SearchRun(search.value, budget, search_texts)
        elif search_texts is not None:
            raise RobTestError("--search-texts says how many texts --search attacks: name a --search")
        if jobs > 1 and prompted:
            raise RobTestError(
                "a language model answers in a thread of its own, which no copy has: leave --jobs out"
            )
        measure(
            tested,
            drawn(rows, limit, seed),
            classes,
            config,
            out,
            dataset=data.stem,
            validity=checking,
            search=searching,
            jobs=jobs,
            command=sys.argv,
            tell=say,
        )
        return out / "report.html"

    finished(work, (LabelledError, RobTestError))
