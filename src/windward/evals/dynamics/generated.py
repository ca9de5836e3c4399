"""What a checkpoint answers, and how near that is to the right answer: ROUGE-L and exact match."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.dynamics.curves import TestRow
from windward.models import ContextOverflowError, Model, Sampling

_BEFORE, _BEHIND = "\"'`([{", "\"'`)]}.,;:!?"
"""Punctuation that begins and ends words, and says nothing of its own there."""


def generate_answers(model: Model, rows: Sequence[TestRow], answer_tokens: int) -> list[str | None]:
    """Greedy answers to the prompts of rows.

    Args:
        model: that gives log-probabilities (a local one).
        rows: that are asked.
        answer_tokens: tokens of an answer at most.

    Returns:
        One text a row; None where the prompt does not fit the context, or the model finds no token likely any more (its weights
        are no numbers).

    Raises:
        ModelError: the computation failed.
    """
    sampling = Sampling(temperature=0.0, max_tokens=answer_tokens, logprobs=True)

    async def answer(row: TestRow) -> str | None:
        try:
            reply = await model.generate(row.prompt, sampling)
        except ContextOverflowError:
            return None
        return reply.text if all(map(math.isfinite, reply.logprobs or ())) else None

    async def every() -> list[str | None]:
        return await asyncio.gather(*map(answer, rows))

    return asyncio.run(every())


def answer_figures(rows: Sequence[TestRow], answers: Sequence[str | None]) -> dict[str, NDArray[np.float64]]:
    """`rouge_l` and `exact_match` of answers, [answers] each; NaN where there is none.

    Args:
        rows: with the right answers; there may be more of them than answers.
        answers: of the first rows.
    """
    pairs = list(zip(rows, answers, strict=False))
    return {
        "rouge_l": np.array([math.nan if text is None else rouge_l(row.answer, text) for row, text in pairs]),
        "exact_match": np.array(
            [math.nan if text is None else float(exact_match(row.answer, text)) for row, text in pairs]
        ),
    }


def rouge_l(reference: str, answer: str) -> float:
    """F of the longest common subsequence of stemmed words (Lin 2004), in [0, 1], as the package rouge-score computes it.

    It knows words of the letters a to z and digits only; where a reference holds none of these, there is no figure: NaN.
    """
    scorer = _scorer()
    if not re.search("[a-z0-9]", reference.lower()):
        return math.nan
    return float(scorer.score(reference, answer)["rougeL"].fmeasure)


def exact_match(reference: str, answer: str) -> bool:
    """Whether two texts are the same but for case, white space, and punctuation around words; see `normalised`."""
    return normalised(reference) == normalised(answer)


def normalised(text: str) -> str:
    """Lower case, single spaces, words without the quotes and brackets around them and the points and commas behind them.

    Articles count, and so does all within words and between them: the usual dropping of every sign would take 3 + 4 for 3 * 4,
    -3 for 3 and 1.5 for 15.
    """
    words = (word.rstrip(_BEHIND).lstrip(_BEFORE) for word in text.casefold().split())
    return " ".join(word for word in words if word)


@cache
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=True)
