"""`windward feedback`: from instructions to preference pairs, step by step; each step a folder that a killed run goes on in."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.outcome import finished, refuse, say

if TYPE_CHECKING:
    from windward.recipes.feedback.configs import StageConfig

feedback = typer.Typer(
    help="Preference data: completions, ratings, critiques, audits, pairs.", no_args_is_help=True
)


class MixtureChoice(StrEnum):
    """Whose mixture of principles."""

    paper = "paper"
    released = "released"


class AspectChoice(StrEnum):
    """What is rated."""

    instruction_following = "instruction_following"
    truthfulness = "truthfulness"
    honesty = "honesty"
    helpfulness = "helpfulness"


class ReferencesChoice(StrEnum):
    """Whether a judge is told what is known."""

    auto = "auto"
    none = "none"


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


RecordsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RECORDS",
        help="Folder of a step, its records.parquet, or a file of UltraFeedback (JSONL or Parquet).",
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the step: new, or of the same run to go on.")
]
UrlOption = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="OpenAI-compatible endpoint of models named without one."),
]
TriesOption = Annotated[int, typer.Option(min=1, help="Replies at most, where they cannot be read.")]
TokensOption = Annotated[int, typer.Option("--max-tokens", min=1, help="New tokens of a reply at most.")]
ConcurrencyOption = Annotated[
    int, typer.Option(min=1, help="Calls in flight at most, of each model; rows at once.")
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Only every N-th row from the I-th on; windward feedback merge joins the N folders.",
    ),
]
RayOption = Annotated[
    int | None,
    typer.Option(
        "--ray", metavar="N", min=1, help="Work on N shards by Ray, and merge them (windward[scale])."
    ),
]

_NAMES = "embedded, a checkpoint folder, a hub id, NAME@URL, or replay:FILE"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(feedback, name="feedback")


@feedback.command(
    epilog="windward feedback sample instructions.jsonl --base-url http://localhost:8000/v1 --model SMALL --model LARGE "
    "--model OTHER --model FOURTH --out sampled"
)
def sample(
    instructions: Annotated[
        Path,
        typer.Argument(
            metavar="INSTRUCTIONS",
            help="JSONL or Parquet: instruction, and perhaps id, source, correct_answers, incorrect_answers, checks.",
        ),
    ],
    out: OutOption,
    model: Annotated[list[str], typer.Option(metavar="NAME", help=f"Of the pool (repeatable): {_NAMES}.")],
    base_url: UrlOption = None,
    k: Annotated[
        int, typer.Option("--k", min=1, help="Completions of an instruction, of k distinct models.")
    ] = 4,
    mixture: Annotated[
        MixtureChoice, typer.Option(help="Principles by source: the paper's mixture, or the released code's.")
    ] = MixtureChoice.paper,
    temperature: Annotated[float, typer.Option(min=0, help="Of the completions.")] = 1.0,
    max_tokens: TokensOption = 1024,
    seed: Annotated[int, typer.Option(help="Of models, principles and draws.")] = 0,
    concurrency: ConcurrencyOption = 64,
    shard: ShardOption = None,
    ray: RayOption = None,
) -> None:
    """Let k distinct models of a pool answer each instruction, each under a principle drawn for it.

    Writes DIR/records.parquet, results.parquet, run.json and journal.sqlite (windward runs show DIR).
    """
    from windward.recipes.feedback.configs import SampleConfig

    config = SampleConfig(
        instructions, tuple(model), base_url, k, mixture.value, temperature, max_tokens, seed
    )  # fmt: skip
    _run(config, out, concurrency, shard, ray)


@feedback.command(
    epilog="windward feedback annotate sampled --judge LARGE --base-url http://localhost:8000/v1 --out annotated  ·  "
    "Computed from the records' checks: windward feedback annotate sampled --judge verifier --out verified"
)
def annotate(
    records: RecordsArgument,
    out: OutOption,
    judge: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help=f"(repeatable) {_NAMES}; or verifier, for what the records' checks say."
        ),
    ],
    base_url: UrlOption = None,
    aspect: Annotated[
        list[AspectChoice] | None, typer.Option(help="Only this aspect (repeatable); default: all four.")
    ] = None,
    shuffles: Annotated[int, typer.Option(min=1, help="Readings of a record, each in another order.")] = 1,
    references: Annotated[
        ReferencesChoice,
        typer.Option(help="Tell a judge of truthfulness what is known, where the source has it."),
    ] = ReferencesChoice.auto,
    tries: TriesOption = 3,
    max_tokens: TokensOption = 1024,
    seed: Annotated[int, typer.Option(help="Of the orders in which completions are shown.")] = 0,
    concurrency: ConcurrencyOption = 64,
    shard: ShardOption = None,
    ray: RayOption = None,
) -> None:
    """Rate every completion in every aspect: one call judges all completions of a record, shuffled, read by label."""
    from windward.feedback import ASPECTS
    from windward.recipes.feedback.configs import AnnotateConfig

    aspects = tuple(one for one in ASPECTS if not aspect or one in {choice.value for choice in aspect})
    config = AnnotateConfig(
        records, tuple(judge), base_url, aspects, shuffles, references.value, tries, max_tokens, seed
    )  # fmt: skip
    _run(config, out, concurrency, shard, ray)


@feedback.command(
    epilog="windward feedback critique annotated --judge LARGE --base-url http://localhost:8000/v1 --out criticised"
)
def critique(
    records: RecordsArgument,
    out: OutOption,
    judge: Annotated[str, typer.Option(metavar="NAME", help=f"The critic: {_NAMES}.")],
    base_url: UrlOption = None,
    tries: TriesOption = 3,
    max_tokens: TokensOption = 1024,
    concurrency: ConcurrencyOption = 64,
    shard: ShardOption = None,
    ray: RayOption = None,
) -> None:
    """Write feedback in words and an overall score, 1 to 10, on every completion, one call each."""
    from windward.recipes.feedback.configs import CritiqueConfig

    _run(CritiqueConfig(records, judge, base_url, tries, max_tokens), out, concurrency, shard, ray)


@feedback.command(
    epilog="Mark only: windward feedback audit criticised --out audited  ·  "
    "Ask again for what is doubtful: windward feedback audit criticised --judge LARGE --out audited"
)
def audit(
    records: RecordsArgument,
    out: OutOption,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Asked again for critiques that cannot be believed: {_NAMES}."),
    ] = None,
    base_url: UrlOption = None,
    tries: TriesOption = 3,
    max_tokens: TokensOption = 1024,
    concurrency: ConcurrencyOption = 64,
    shard: ShardOption = None,
    ray: RayOption = None,
) -> None:
    """Mark each overall score as kept, repaired or doubtful; a judge is asked again for the doubtful ones."""
    from windward.recipes.feedback.configs import AuditConfig

    _run(AuditConfig(records, judge, base_url, tries, max_tokens), out, concurrency, shard, ray)


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


def _run(config: StageConfig, out: Path, concurrency: int, shard: str | None, ray: int | None) -> None:
    """Runs a step here, or its shards by Ray."""
    from windward.feedback import FeedbackFileError
    from windward.recipes.errors import RecipeError
    from windward.recipes.feedback.configs import Pace
    from windward.recipes.feedback.stream import WHOLE, Shard

    if shard is not None and ray is not None:
        refuse("--shard and --ray exclude each other: --ray makes its own shards")
    try:
        pace = Pace(concurrency, WHOLE if shard is None else Shard.parse(shard))
    except ValueError as error:
        refuse(str(error))

    def work() -> Path:
        if ray is not None:
            from windward.recipes.feedback.scale import on_ray

            return on_ray(config, out, ray, concurrency=concurrency, command=sys.argv, tell=say)
        from windward.recipes.feedback.stages import run_config

        return run_config(config, out, pace, command=sys.argv, tell=say)

    finished(work, (RecipeError, FeedbackFileError))
