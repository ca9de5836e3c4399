"""`windward feedback`: what is made of records without asking a model: pairs, mixes, exports, whole runs of shards."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.feedback import RecordsArgument, feedback
from windward.cli.outcome import finished, refuse, say


class ScoreChoice(StrEnum):
    """What completions are compared by."""

    fine_grained = "fine_grained"
    overall = "overall"


class StrategyChoice(StrEnum):
    """Which completions are compared."""

    all_pairs = "all_pairs"
    best_vs_rest = "best_vs_rest"
    best_vs_random = "best_vs_random"


class MarginChoice(StrEnum):
    """How a gap becomes a margin."""

    normalized = "normalized"
    raw = "raw"
    none = "none"


class KindChoice(StrEnum):
    """Whose ratings count."""

    model = "model"
    verifier = "verifier"


class SchemaChoice(StrEnum):
    """Whose schema."""

    ultrafeedback = "ultrafeedback"


def register(app: typer.Typer) -> None:
    """The commands of this file belong to `windward feedback`, which `feedback` adds."""


@feedback.command(
    epilog="windward feedback pairs audited --out pairs --held-out 0.1  ·  "
    "As Zephyr: windward feedback pairs audited --score overall --strategy best_vs_random --margin none --out pairs"
)
def pairs(
    records: RecordsArgument,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the pairs: new, or of the same options.")
    ],
    score: Annotated[
        ScoreChoice, typer.Option(help="Mean of the aspects, or the critique's overall score.")
    ] = ScoreChoice.fine_grained,
    strategy: Annotated[
        StrategyChoice,
        typer.Option(help="Every pair; the best against each other; or against one drawn below it."),
    ] = StrategyChoice.all_pairs,
    margin: Annotated[
        MarginChoice, typer.Option(help="The gap as a share of the scale's widest, as it is, or 0.")
    ] = MarginChoice.normalized,
    min_aspects: Annotated[
        int, typer.Option(min=1, max=4, help="Aspects with a value that a fine-grained score needs.")
    ] = 2,
    kind: Annotated[
        KindChoice | None, typer.Option(help="Only ratings of these judges; default: of all.")
    ] = None,
    unaudited: Annotated[
        bool, typer.Option("--unaudited", help="Take overall scores that no audit has looked at.")
    ] = False,
    held_out: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of instructions that go into held_out.parquet.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of what is drawn, and of the split.")] = 0,
) -> None:
    """Make preference pairs of records; ties are dropped, and what is left out is counted.

    Writes DIR/pairs.parquet (and held_out.parquet), results.parquet and run.json; nothing is asked.
    """
    from windward.feedback import FeedbackFileError, PairOptions
    from windward.recipes.errors import RecipeError
    from windward.recipes.feedback.paired import PairsConfig, make_pairs

    try:
        options = PairOptions(
            score.value, strategy.value, margin.value, min_aspects, kind.value if kind else None, unaudited, seed
        )  # fmt: skip
    except ValueError as error:
        refuse(str(error))
    config = PairsConfig(records, options, held_out)
    finished(lambda: make_pairs(config, out, command=sys.argv, tell=say), (RecipeError, FeedbackFileError))


@feedback.command(epilog="windward feedback export audited --schema ultrafeedback --out ultrafeedback.jsonl")
def export(
    records: RecordsArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Ends in .jsonl or .parquet.")],
    schema: Annotated[SchemaChoice, typer.Option(help="Whose schema.")] = SchemaChoice.ultrafeedback,
) -> None:
    """Write records in UltraFeedback's public schema."""
    from windward.feedback import FeedbackFileError
    from windward.recipes.errors import RecipeError
    from windward.recipes.feedback.exported import export as write

    del schema  # there is one so far
    finished(lambda: write(records, out, tell=say), (RecipeError, FeedbackFileError))


@feedback.command(epilog="windward feedback merge shard-1 shard-2 shard-3 --out annotated")
def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="Folders of all the shards of one run, in any order."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the whole: new, or of the same merge.")],
) -> None:
    """Join the shards of a run: records in the order of their input, journals in one. Nothing is asked.

    The records are, byte for byte, those of the same run without shards.
    """
    from windward.feedback import FeedbackFileError
    from windward.recipes.errors import RecipeError
    from windward.recipes.feedback.merged import merge_shards

    finished(lambda: merge_shards(folders, out, command=sys.argv, tell=say), (RecipeError, FeedbackFileError))


@feedback.command(
    epilog="windward feedback mix ultrafeedback=pairs/pairs.parquet shp=shp.parquet summarize=summarize.parquet --out mixed.parquet"
)
def mix(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=FILE...",
            help="Parquet files of pairs (prompt, chosen, rejected, perhaps margin); the first is taken whole.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Parquet of the mix.")],
    extra_ratio: Annotated[
        float, typer.Option(min=0, help="Pairs of all the others together, for each pair of the first.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the sample and the order.")] = 0,
) -> None:
    """Put an equal-sized sample of other sources beside the first; margins are normalised for each source on its own."""
    from windward.feedback import FeedbackFileError, mix_files

    named = dict(source.split("=", 1) for source in sources if "=" in source)
    if len(named) != len(sources) or not all(named) or not all(named.values()):
        refuse("each source is NAME=FILE, with a name of its own")

    def work() -> Path:
        for name, count in mix_files(named, out, extra_ratio=extra_ratio, seed=seed).items():
            say(f"{name}: {count:,} pairs")
        return out

    finished(work, (FeedbackFileError, ValueError))
