"""Fine-tuning an encoder to find answers in a text (SQuAD), and finding them with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.models.batches import batch_tokens, batches
from windward.rows.questions import Question
from windward.training.fine_tuning import (
    Answers,
    FineTuned,
    FineTuning,
    Prepared,
    WatchOf,
    digest,
    fine_tune,
    input_limit,
    padded,
    portions,
    trained_model,
    without_dropout,
)

METHODS = ("vanilla", "freelb")
"""That can train it."""
KIND = "AutoModelForQuestionAnswering"
ANSWER_TOKENS = 30
"""Tokens of the longest span that is looked for."""


@dataclass(frozen=True)
class Span:
    """Where an answer stands in its context.

    Attributes:
        start: of its first character.
        end: behind its last.
    """

    start: int
    end: int


def train_answerer(
    model_path: str | Path,
    data: Sequence[Question],
    out: str | Path,
    config: FineTuning | None = None,
    watch: WatchOf[Answerer] | None = None,
) -> FineTuned:
    """Trains an encoder with a new head on where answers start and end: the first answer of each question that is found.

    A context longer than fits beside its question is learnt in windows that overlap by a quarter; a window without the answer
    is to point at its first token. `counts` tells how many questions were left out because none of their answers stands in
    the context (`not_found`), and of how many the end was cut off because they fill more than half the input (`cut`).

    Args:
        model_path: an encoder with a fast tokenizer, folder or hub id.
        data: questions with their answers.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        watch: measures at steps of the run; it changes nothing of the result.

    Raises:
        OutputError: `out` holds something else.
        ValueError: no question has an answer in its context, or the method is none of `METHODS`.
        ModelError: the encoder cannot be loaded.
    """
    config = config or FineTuning(max_length=384)
    config.check_able("finder of answers", METHODS)
    identity = {"method": "answerer", "rows": digest(asdict(one) for one in data)}
    return fine_tune(identity, model_path, out, config, lambda folder: _prepared(folder, data, config), watch)


def _prepared(folder: Path, data: Sequence[Question], config: FineTuning) -> Prepared:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer, DataCollatorWithPadding

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    tokenizer.model_max_length = input_limit(model, tokenizer, config.max_length)
    kept = [(one, span) for one in data if (span := located(one)) is not None]
    rows, cut = [], 0
    for some in portions(kept):
        found, shortened = readings(tokenizer, [one for one, _ in some])
        cut += shortened
        for reading in found:
            first, last = _tokens_of(some[reading.question][1], reading.offsets)
            rows.append(reading.tokens | {"start_positions": first, "end_positions": last})
    counts = {"rows": len(data), "not_found": len(data) - len(kept), "cut": cut, "windows": len(rows)}
    return Prepared(
        model, tokenizer, rows, DataCollatorWithPadding(tokenizer), counts, Answerer(model, tokenizer)
    )


def located(question: Question) -> Span | None:
    """Where the first of the answers that stands in the context stands; None where none does.

    An answer is taken where the set says it starts, if it does stand there (in any case); else it is looked for: as whole words, then as whole
    words in any case, then anywhere. Of several places it is the first.
    """
    context = question.context
    for number, answer in enumerate(question.answers):
        if not answer.strip():
            continue
        start = question.starts[number] if number < len(question.starts) else -1
        if start >= 0 and context[start : start + len(answer)].casefold() == answer.casefold():
            return Span(start, start + len(answer))
        plain = re.escape(answer.strip())
        whole = rf"(?<!\w){plain}(?!\w)"
        for pattern, flags in ((whole, re.NOFLAG), (whole, re.IGNORECASE), (plain, re.IGNORECASE)):
            if (match := re.search(pattern, context, flags)) is not None:
                return Span(match.start(), match.end())
    return None


@dataclass(frozen=True)
class Reading:
    """A question beside a part of its context, as a model takes them.

    Attributes:
        question: its place among the questions.
        tokens: what the model takes.
        offsets: of each token of the context, its characters there; None of all others.
    """

    question: int
    tokens: dict[str, list[int]]
    offsets: tuple[tuple[int, int] | None, ...]


def readings(tokenizer: Any, questions: Sequence[Question]) -> tuple[list[Reading], int]:
    """All windows of all contexts, and of how many questions the end was cut off.

    Args:
        tokenizer: a fast one; its `model_max_length` is the longest window, and a quarter of that the overlap of two.
            Half of it is left for the context: a longer question loses its end.
        questions: at least the context and the question of each.
    """
    if not questions:
        return [], 0
    longest: int = tokenizer.model_max_length
    room = max(1, longest // 2 - tokenizer.num_special_tokens_to_add(pair=True))
    asked = tokenizer(
        [one.question for one in questions], add_special_tokens=False, return_offsets_mapping=True
    )
    texts, cut = [], 0
    for one, tokens, offsets in zip(questions, asked["input_ids"], asked["offset_mapping"], strict=True):
        texts.append(one.question if len(tokens) <= room else one.question[: offsets[room - 1][1]])
        cut += len(tokens) > room
    encoded = tokenizer(
        texts,
        [one.context for one in questions],
        truncation="only_second",
        max_length=longest,
        stride=longest // 4,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    owners = encoded.pop("overflow_to_sample_mapping")
    offsets = encoded.pop("offset_mapping")
    found = []
    for number, owner in enumerate(owners):
        sides = encoded.sequence_ids(number)
        places = tuple(
            (int(pair[0]), int(pair[1])) if side == 1 else None
            for pair, side in zip(offsets[number], sides, strict=True)
        )
        found.append(Reading(owner, {name: list(values[number]) for name, values in encoded.items()}, places))
    return found, cut


def _tokens_of(span: Span, offsets: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
    """First and last token of an answer in a window; (0, 0) where it is not wholly there."""
    inside = [
        at
        for at, pair in enumerate(offsets)
        if pair is not None and pair[0] < span.end and pair[1] > span.start
    ]
    if not inside:
        return 0, 0
    first, last = offsets[inside[0]], offsets[inside[-1]]
    whole = first is not None and last is not None and first[0] <= span.start and last[1] >= span.end
    return (inside[0], inside[-1]) if whole else (0, 0)


class Answerer:
    """A checkpoint that finds answers.

    Args:
        model: of `AutoModelForQuestionAnswering`.
        tokenizer: its tokenizer.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        tokenizer.model_max_length = input_limit(model, tokenizer)

    def predict(self, questions: Sequence[Question]) -> Answers:
        """The answer to each question: the span of its context with the highest sum of start and end logits.

        Windows of a long context compete by those sums; equal ones go to the earlier span. The answer is "" where the context
        has no token. The answers that a question brings are not looked at.
        """
        texts: list[str] = []
        cut = 0
        for some in portions(questions):
            said, shortened = self._answered(some)
            texts += said
            cut += shortened
        return Answers(tuple(texts), cut)

    def _answered(self, questions: Sequence[Question]) -> tuple[list[str], int]:
        parts, cut = readings(self._tokenizer, questions)
        lengths = [len(part.tokens["input_ids"]) for part in parts]
        spans: list[tuple[float, int, int] | None] = [None] * len(parts)
        with without_dropout(self._model):
            for numbers in batches(lengths, batch_tokens(self._model.device)):
                output = self._model(
                    **padded(self._tokenizer, [part.tokens for part in parts], numbers, self._model.device)
                )
                starts = output.start_logits.double().cpu().numpy()
                ends = output.end_logits.double().cpu().numpy()
                for number, start, end in zip(numbers, starts, ends, strict=True):
                    spans[number] = best_span(start, end, parts[number].offsets)
        best: dict[int, tuple[float, int, int]] = {}
        for part, span in zip(parts, spans, strict=True):
            if span is not None and (part.question not in best or span[0] > best[part.question][0]):
                best[part.question] = span
        texts = [
            one.context[best[number][1] : best[number][2]].strip() if number in best else ""
            for number, one in enumerate(questions)
        ]
        return texts, cut


def best_span(
    starts: NDArray[np.float64], ends: NDArray[np.float64], offsets: Sequence[tuple[int, int] | None]
) -> tuple[float, int, int] | None:
    """Score, first character and the one behind the last of the best span of a window; None where it has no context.

    Args:
        starts: logits of a start at each token.
        ends: of an end.
        offsets: see `Reading`.
    """
    inside = [at for at, pair in enumerate(offsets) if pair is not None and pair[1] > pair[0]]
    if not inside:
        return None
    sums = starts[inside][:, None] + ends[inside][None, :]
    sums[
        ~np.tri(len(inside), k=ANSWER_TOKENS - 1, dtype=bool) | np.tri(len(inside), k=-1, dtype=bool)
    ] = -np.inf
    first, last = divmod(int(sums.argmax()), len(inside))
    begin, end = offsets[inside[first]], offsets[inside[last]]
    assert begin is not None and end is not None
    return float(sums[first, last]), begin[0], end[1]


def answerer(path: str | Path, *, device: str | None = None) -> Answerer:
    """Loads a checkpoint that finds answers.

    Args:
        path: folder or hub id.
        device: None is a GPU where there is one.

    Raises:
        ModelError: it cannot be loaded, or has no trained head.
    """
    return Answerer(*trained_model(KIND, path, device))
