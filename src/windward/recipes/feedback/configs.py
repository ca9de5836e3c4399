"""What a user sets of each step: all of it decides the result, but for the pace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from windward.feedback import ASPECTS, Aspect
from windward.feedback.rubrics import References
from windward.recipes.feedback.stream import WHOLE, Shard

Mixture = Literal["paper", "released"]


@dataclass(frozen=True)
class Pace:
    """How fast a stage runs and on which rows: nothing of what a row becomes.

    Attributes:
        concurrency: calls in flight at most, of each model; also rows at once.
        shard: which rows.
    """

    concurrency: int = 64
    shard: Shard = WHOLE


USUAL = Pace()


@dataclass(frozen=True)
class SampleConfig:
    """Completions of instructions.

    Attributes:
        instructions: file of instructions; see `feedback.read_instructions`.
        models: names of the pool; see `pool.model_of`.
        base_url: endpoint of models named without one.
        k: completions of an instruction, each of another model.
        mixture: of principles: the paper's or the released code's.
        temperature: of the completions.
        max_tokens: new tokens of one at most.
        seed: of models, principles and draws.
    """

    instructions: Path
    models: tuple[str, ...]
    base_url: str | None = None
    k: int = 4
    mixture: Mixture = "paper"
    temperature: float = 1.0
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True)
class AnnotateConfig:
    """Ratings by aspect.

    Attributes:
        records: file of records, or the folder that holds it.
        judges: names of models, or `verifier` for what the records' checks say.
        base_url: endpoint of models named without one.
        aspects: which are rated.
        shuffles: readings of each record and aspect, each in another order.
        references: whether a judge is told what is known, where the source has it.
        tries: replies at most, where they cannot be read.
        max_tokens: new tokens of a reply at most.
        seed: of the orders.
    """

    records: Path
    judges: tuple[str, ...]
    base_url: str | None = None
    aspects: tuple[Aspect, ...] = ASPECTS
    shuffles: int = 1
    references: References = "auto"
    tries: int = 3
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True)
class CritiqueConfig:
    """Feedback in words and overall scores.

    Attributes:
        records: file of records, or the folder that holds it.
        judge: name of the critic.
        base_url: endpoint of a judge named without one.
        tries: replies at most, where they cannot be read.
        max_tokens: new tokens of a reply at most.
    """

    records: Path
    judge: str
    base_url: str | None = None
    tries: int = 3
    max_tokens: int = 1024


@dataclass(frozen=True)
class AuditConfig:
    """Whether overall scores can be believed.

    Attributes:
        records: file of records, or the folder that holds it.
        judge: who is asked again for what cannot; None marks it and asks nobody.
        base_url: endpoint of a judge named without one.
        tries: replies at most, where they cannot be read.
        max_tokens: new tokens of a reply at most.
    """

    records: Path
    judge: str | None = None
    base_url: str | None = None
    tries: int = 3
    max_tokens: int = 1024


StageConfig = SampleConfig | AnnotateConfig | CritiqueConfig | AuditConfig
