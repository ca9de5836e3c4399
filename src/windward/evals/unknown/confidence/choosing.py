"""Elicitations by name: which there are, what each needs, and how they are put together for a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from windward.evals.data import DataError
from windward.evals.unknown.confidence.consistency import Samples, SelfConsistency, SemanticEntropy
from windward.evals.unknown.confidence.digits import ExpectedDigit
from windward.evals.unknown.confidence.elicitation import Elicitation, Scoring
from windward.evals.unknown.confidence.likelihood import (
    NextTokenEntropy,
    QuestionPerplexity,
    SequenceLogProbability,
)
from windward.evals.unknown.confidence.meaning import Encoder, MeaningByJudge, MeaningByVectors
from windward.evals.unknown.confidence.verbalised import Verbalised
from windward.models import Model

Need = Literal["a reply", "log-probabilities of replies", "a model in this process", "a judge"]


@dataclass(frozen=True)
class Parts:
    """What elicitations are made of.

    Attributes:
        model: that is asked; its calls go through the journal.
        scoring: the same model, where it runs in this process; else None.
        reader: under which questions are read for the baseline.
        encode: makes the encoder that tells meanings apart.
        judge: that tells meanings apart; None for none.
        threshold: of the encoder's cosine.
        samples: answers drawn for one question.
        max_tokens: of a sample.
        confidence_tokens: of a reply that says a confidence.
        seed: of the samples.
    """

    model: Model
    scoring: Scoring | None
    reader: Callable[[], Scoring]
    encode: Callable[[], Encoder]
    judge: Model | None
    threshold: float
    samples: int
    max_tokens: int
    confidence_tokens: int
    seed: int

    @property
    def inside(self) -> Scoring:
        """The model, whose distributions are looked into."""
        assert self.scoring is not None, "`check` has been asked"
        return self.scoring

    @cached_property
    def by_vectors(self) -> Samples:
        """Samples whose meanings an encoder tells apart."""
        meaning = MeaningByVectors(self.encode(), self.threshold)
        return Samples(self.model, meaning, self.samples, self.max_tokens, self.seed)

    @cached_property
    def by_judge(self) -> Samples:
        """Samples whose meanings a judge tells apart."""
        assert self.judge is not None, "`check` has been asked"
        return Samples(self.model, MeaningByJudge(self.judge), self.samples, self.max_tokens, self.seed)


@dataclass(frozen=True)
class _Kind:
    need: Need
    make: Callable[[Parts], Elicitation]


_KINDS: dict[str, _Kind] = {
    "verbalised": _Kind("a reply", lambda it: Verbalised(it.model, max_tokens=it.confidence_tokens)),
    "verbalised-few-shot": _Kind(
        "a reply", lambda it: Verbalised(it.model, "few-shot", max_tokens=it.confidence_tokens)
    ),
    "expected-digit": _Kind("a model in this process", lambda it: ExpectedDigit(it.inside)),
    "expected-digit-few-shot": _Kind(
        "a model in this process", lambda it: ExpectedDigit(it.inside, "few-shot")
    ),
    "sequence-log-probability": _Kind("log-probabilities of replies", lambda it: SequenceLogProbability()),
    "entropy": _Kind("a model in this process", lambda it: NextTokenEntropy(it.inside)),
    "self-consistency": _Kind("a reply", lambda it: SelfConsistency(it.by_vectors)),
    "semantic-entropy": _Kind("a reply", lambda it: SemanticEntropy(it.by_vectors)),
    "self-consistency-judge": _Kind("a judge", lambda it: SelfConsistency(it.by_judge, "-judge")),
    "semantic-entropy-judge": _Kind("a judge", lambda it: SemanticEntropy(it.by_judge, "-judge")),
    "question-perplexity": _Kind("a reply", lambda it: QuestionPerplexity(it.reader())),
}
NAMES = tuple(_KINDS)
"""Every elicitation."""
LOG_PROBABILITIES = frozenset(
    name for name, kind in _KINDS.items() if kind.need == "log-probabilities of replies"
)
"""Those that need the log-probabilities of the answer's tokens."""
BY_VECTORS = frozenset({"self-consistency", "semantic-entropy"})
"""Those that need an encoder."""


def possible(model: Model, judge: Model | None) -> tuple[str, ...]:
    """The elicitations that a model allows without being asked for more than replies, unless it runs in this process."""
    has: set[Need] = {"a reply"}
    if isinstance(model, Scoring):
        has |= {"a model in this process", "log-probabilities of replies"}
    if judge is not None:
        has.add("a judge")
    return tuple(name for name, kind in _KINDS.items() if kind.need in has)


def check(names: Iterable[str], model: Model, judge: Model | None) -> None:
    """Refuses what cannot be elicited, before anything is asked. Log-probabilities of replies are asked for and seen.

    Raises:
        DataError: a name is unknown or comes twice, or the model or the judge that it needs is not there.
    """
    names = tuple(names)
    for name in names:
        if name not in _KINDS:
            raise DataError(f"there is no confidence called {name!r}; there are {', '.join(NAMES)}")
        if names.count(name) > 1:
            raise DataError(f"confidence {name!r} is named twice")
        if _KINDS[name].need == "a model in this process" and not isinstance(model, Scoring):
            raise DataError(
                f"{name} looks into the distribution of the next token, which {model.name} does not show: an endpoint gives replies. "
                f"Leave it out, or run the checkpoint in this process. Possible here: {', '.join(possible(model, judge))}"
            )
        if _KINDS[name].need == "a judge" and judge is None:
            raise DataError(f"{name} needs a judge: name one, or leave it out")


def elicitations(names: Iterable[str], parts: Parts) -> list[Elicitation]:
    """The elicitations of these names, in their order."""
    return [_KINDS[name].make(parts) for name in names]
