"""`windward feedback`: the steps that ask models, each a folder that a killed run goes on in."""

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
        "--ray", metavar="N", min=1, help="Work on N shards by Ray, and merge them (windward\\[scale])."
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
